// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/navigation.hpp"
#include "widgets/plot.hpp"

#include "asioscope/model/findings.hpp"
#include "asioscope/model/program.hpp"

#include <cstdint>
#include <vector>

namespace asioscope::viewer {

/// What is wrong now, the sums, and each loop over time.
class overview_view {
 public:
  void draw(const model::program& program, navigation& where);
  [[nodiscard]] const time_view& time() const { return time_; }

 private:
  void draw_findings(const model::program& program, navigation& where);
  void draw_sums(const model::program& program, navigation& where);
  void draw_loop(const model::program& program, const model::loop& loop, float share);
  void draw_gaps(const model::program& program);

  time_view time_;
  // As of the frame of the program that it was found in.
  std::vector<model::finding> findings_;
  std::uint64_t found_in_frame_ = 0;
  std::int64_t found_in_program_ = 0;  // when it was started
};

}  // namespace asioscope::viewer
