// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "widgets/table.hpp"

#include "asioscope/model/failures.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace asioscope::viewer {

/// A line of the table.
struct failure_row {
  using identity = std::tuple<model::failure::kind, model::program::key, std::string>;

  model::failure what;
  std::string name;  ///< of the handler or the task
  std::string loop;
  double last = -1;  ///< seconds ago, of what is known; below 0: of nothing
  /// Of a stretch of time, which of several categories came up how often is not.
  bool is_count_known = true;

  /// The type of exceptions may change with the next one, the category of error codes not.
  [[nodiscard]] identity id() const {
    const bool codes = what.of == model::failure::kind::error_code;
    return {what.of, what.where, codes ? what.type : std::string()};
  }
};

[[nodiscard]] std::vector<failure_row> failure_rows(const model::program& program);
/// The same of a stretch of time; of all when none is chosen.
[[nodiscard]] std::vector<failure_row> failure_rows(const model::program& program,
                                                    const range_filter& range);

/// Exceptions and error codes, by where they came up; a click shows the latest and what they left.
class failures_view {
 public:
  void draw(const model::program& program, navigation& where);
  bool back();

  [[nodiscard]] const table_state<failure_row::identity>& table() const { return table_; }
  [[nodiscard]] const std::vector<failure_row>& shown() const { return rows_; }

 private:
  void draw_detail(const model::program& program, const failure_row& row, navigation& where);

  filter_box filter_;
  table_state<failure_row::identity> table_{.sort_column = 5};
  std::vector<failure_row> rows_;
};

}  // namespace asioscope::viewer
