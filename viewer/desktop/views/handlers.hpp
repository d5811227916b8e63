// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "widgets/table.hpp"

#include "asioscope/model/latest_run.hpp"
#include "asioscope/model/program.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// A line of the table: what a handler site did since the program began, or lately.
struct handler_row {
  model::program::key key;
  std::string name;
  std::string operation;
  std::string loop;
  std::uint64_t count = 0;
  double rate = 0;  ///< runs per second lately
  double busy = 0;  ///< share of the time that passed
  double mean = 0;
  double p50 = 0;
  double p99 = 0;
  double longest = 0;
  double delay_p50 = 0;
  double delay_p99 = 0;
  std::uint64_t slow = 0;
  std::uint64_t failed = 0;
};

/// What the table shows: `lately` or since the program began.
[[nodiscard]] std::vector<handler_row> handler_rows(const model::program& program, bool lately);
/// The same of a stretch of time; empty without one.
[[nodiscard]] std::vector<handler_row> handler_rows(const model::program& program,
                                                    const range_filter& range);

/// Every handler site with its figures; a click shows its histograms.
class handlers_view {
 public:
  void draw(const model::program& program, navigation& where);
  /// Esc: undoes the last thing. True when there was one.
  bool back();

  [[nodiscard]] const table_state<model::program::key>& table() const { return table_; }
  [[nodiscard]] const std::vector<handler_row>& shown() const { return rows_; }

 private:
  void draw_head(const model::program& program, navigation& where);
  void draw_detail(const model::program& program, const model::site& site,
                   const schema::site_statistics& figures, navigation& where);
  void find_run(const model::program& program, const model::run_question& wanted,
                navigation& where);

  filter_box filter_;
  table_state<model::program::key> table_{.sort_column = 3};
  std::vector<handler_row> rows_;
  bool lately_ = true;
  model::program::key not_found_{};  // of this handler no run was found that was asked for
};

}  // namespace asioscope::viewer
