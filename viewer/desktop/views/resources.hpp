// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "widgets/plot.hpp"
#include "widgets/table.hpp"

#include "asioscope/model/program.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// A line of the table: a concurrency primitive.
struct resource_row {
  std::uint32_t id = 0;
  std::string kind;
  std::string name;
  std::string state;
  bool gone = false;
  std::optional<model::resource_load> load;
  double share = -1;  ///< of the capacity in use; negative: there is none
  std::uint64_t waiting = 0;
  double waited = 0;  ///< seconds that the first in the line has waited
  std::uint64_t waits = 0;
  double wait_p50 = 0;
  double wait_p99 = 0;
  std::uint64_t timed_out = 0;
};

/// What the table shows. Without those that are gone, unless they are wanted.
[[nodiscard]] std::vector<resource_row> resource_rows(const model::program& program, bool gone);

/// Every primitive with its load and its line; a click shows who holds it and who waits.
class resources_view {
 public:
  void draw(const model::program& program, navigation& where);
  /// Esc: undoes the last thing. True when there was one.
  bool back();

  [[nodiscard]] const table_state<std::uint32_t>& table() const { return table_; }
  [[nodiscard]] const std::vector<resource_row>& shown() const { return rows_; }

 private:
  void draw_head(const model::program& program, navigation& where);
  void draw_detail(const model::program& program, const model::resource& subject,
                   navigation& where);

  filter_box filter_;
  table_state<std::uint32_t> table_{.sort_column = 4};
  std::vector<resource_row> rows_;
  time_view time_;
  float wanted_height_ = 0;  // of the detail
  bool gone_ = false;
};

}  // namespace asioscope::viewer
