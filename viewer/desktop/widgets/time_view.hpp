// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <limits>

namespace asioscope::viewer {

/// The stretch of time that all plots show, and the moment under the mouse, which all of them mark.
/// Wheel zooms at the mouse, drag moves, double click goes back to live.
struct time_view {
  static constexpr double shortest = 5;
  static constexpr double longest = 300;
  static constexpr double usual = 60;

  double span = usual;  ///< seconds
  double end = 0;       ///< seconds before now (negative) at the right edge; 0: live
  double hovered = std::numeric_limits<double>::quiet_NaN();
  int hovered_frame = -1;  ///< of Dear ImGui: an older one is over

  void zoom(double factor, double at);
  void move(double seconds);
  void reset();
};

}  // namespace asioscope::viewer
