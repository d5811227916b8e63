// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "widgets/table.hpp"

#include "asioscope/model/program.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::viewer {

struct task_row {
  std::uint64_t id = 0;
  std::string name;
  std::string loop;
  schema::task_state state = schema::task_state::ready;
  double age = 0;  ///< seconds it has lived, or lived
  double busy = 0;
  double scheduled = 0;  ///< seconds in runs, with the one going on now
  double longest = 0;    ///< longest run, with the one going on now
  std::uint64_t runs = 0;
  std::uint64_t parent = 0;
  std::string parent_name;
  std::string waiting;  ///< what a suspended task waits for, and where
};

[[nodiscard]] task_row row_of(const model::program& program, const schema::task_info& task);

/// Live tasks and those that ended last.
class tasks_view {
 public:
  void draw(const model::program& program, std::uint64_t revision, navigation& where);
  bool back();

  [[nodiscard]] const table_state<std::uint64_t>& table() const { return table_; }
  [[nodiscard]] const std::vector<task_row>& shown() const { return rows_; }

 private:
  void draw_head(const model::program& program, navigation& where);
  void draw_detail(const model::program& program, const schema::task_info& task, navigation& where);
  void draw_messages(const model::program& program, const schema::task_info& task);
  void draw_awaits(const model::program& program, const schema::task_info& task, navigation& where);
  void collect(const model::program& program);

  filter_box filter_;
  table_state<std::uint64_t> table_{.sort_column = 0};
  std::vector<task_row> rows_;
  std::string collected_filter_;
  std::uint64_t collected_revision_ = ~std::uint64_t{0};
  int collected_what_ = -1;
  bool live_ = true;
  bool ended_ = true;
};

}  // namespace asioscope::viewer
