// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/task_search.hpp"
#include "views/task_tree.hpp"
#include "widgets/table.hpp"

#include "asioscope/model/program.hpp"
#include "asioscope/model/task_warnings.hpp"

#include <cstddef>
#include <vector>

namespace asioscope::viewer {

struct task_look {
  bool is_narrow = false;      ///< what is looked at least is hidden at first
  open_nodes* tree = nullptr;  ///< which are open, to be changed by clicks; null: no tree
};

/// The columns of the list of tasks. What is given is used when they are drawn.
[[nodiscard]] std::vector<column<task_row>> task_columns(const model::program& program,
                                                         const model::task_judge& judge,
                                                         const task_look& look);

/// Those whose order depends on what is looked up only when it is asked for.
inline constexpr std::size_t waiting_column = 3;
inline constexpr std::size_t site_column = 11;

}  // namespace asioscope::viewer
