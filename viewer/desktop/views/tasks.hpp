// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "views/search_pace.hpp"
#include "views/task_detail.hpp"
#include "views/task_names.hpp"
#include "views/task_search.hpp"
#include "views/task_tree.hpp"
#include "widgets/table.hpp"

#include "asioscope/model/program.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// Live tasks and those that ended last, one by one or by name.
class tasks_view {
 public:
  void draw(const model::program& program, std::uint64_t revision, navigation& where);
  bool back();

  [[nodiscard]] const table_state<std::uint64_t>& table() const { return table_; }
  [[nodiscard]] const std::vector<task_row>& shown() const { return rows_; }
  /// There is more to look at than one picture had time for: draw again soon.
  [[nodiscard]] bool is_searching() const {
    if (shape_ == shape::names) return names_.is_searching();
    return search_.is_going_on() || tree_search_.is_going_on() ||
           (table_.has_selection && detail_.is_searching());
  }
  [[nodiscard]] const task_detail& detail() const { return detail_; }
  [[nodiscard]] bool is_tree() const { return shape_ == shape::tree; }
  [[nodiscard]] const open_nodes& open() const { return open_; }
  [[nodiscard]] const task_names_view& names() const { return names_; }

 private:
  void draw_head(const model::program& program, navigation& where);
  void draw_detail(const model::program& program, navigation& where);
  void reveal(const model::program& program, std::uint64_t task);
  void search(const model::program& program, std::uint64_t revision, const range_filter& range);

  filter_box filter_{task_fields};
  table_state<std::uint64_t> table_{.sort_column = 0};
  std::vector<task_row> rows_;
  task_search search_;
  task_tree_search tree_search_;
  open_nodes open_;
  std::string open_filter_;  // the filter that they were opened for
  std::size_t matches_ = 0;  // of which rows_ are the first
  search_pace pace_;
  model::task_judge judge_;
  task_detail detail_;
  task_names_view names_;
  enum class shape : std::uint8_t { list, names, tree };
  shape shape_ = shape::list;
  bool live_ = true;
  bool ended_ = true;
};

}  // namespace asioscope::viewer
