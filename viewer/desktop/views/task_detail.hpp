// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/navigation.hpp"
#include "views/search_pace.hpp"
#include "views/task_search.hpp"

#include "asioscope/model/program.hpp"
#include "asioscope/model/task_history.hpp"
#include "asioscope/model/task_warnings.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asioscope::viewer {

/// All that is known of one task: what it waits for and who holds that, who started it and what it
/// started, its states, its runs, what it said and how it failed.
class task_detail {
 public:
  enum class wish : std::uint8_t { none, close, list_children };

  /// Looks for the task in the trace and for its children, a portion for each picture.
  void search(const model::program& program, std::uint64_t revision, const schema::task_info& task);
  [[nodiscard]] bool is_searching() const {
    return history_search_.is_going_on() || children_search_.is_going_on();
  }

  /// In what is left of the window.
  wish draw(const model::program& program, const schema::task_info& task,
            const model::task_judge& judge, navigation& where);
  /// So high it was, without a limit.
  [[nodiscard]] float wanted_height() const { return wanted_height_; }

  [[nodiscard]] const model::task_history& history() const { return history_; }
  [[nodiscard]] const std::vector<task_row>& children() const { return children_; }

 private:
  void draw_title(const task_row& row, wish& wanted);
  void draw_story(const model::program& program, const schema::task_info& task,
                  const model::task_judge& judge, navigation& where, wish& wanted);
  void draw_children(navigation& where, wish& wanted);
  void draw_scopes(const model::program& program, navigation& where);
  void draw_history(const model::program& program, const schema::task_info& task,
                    navigation& where);

  model::task_history_search history_search_;
  search_pace history_pace_;
  model::task_history history_;
  task_search children_search_;
  search_pace children_pace_;
  std::vector<task_row> children_;
  std::size_t children_count_ = 0;
  std::size_t children_live_ = 0;
  std::uint64_t children_of_ = 0;
  float wanted_height_ = 0;
};

}  // namespace asioscope::viewer
