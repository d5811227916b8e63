// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/axis.hpp"

#include <imgui.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// A value that held from `begin` to `end`, in seconds before now (negative).
struct plot_step {
  double begin = 0;
  double end = 0;
  double value = 0;     ///< NaN: nothing was measured
  bool marked = false;  ///< something bad began in it
};

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

struct plot_style {
  const char* id = "";
  const char* title = "";
  const char* help = "";  ///< what the number means
  const char* mark = "";  ///< what a mark means
  unit measured = unit::count;
  ImVec4 color{};
};

/// Draws `steps`, which are in the order of time, into a box of `size`.
void plot(const plot_style& style, std::span<const plot_step> steps, time_view& view, ImVec2 size);

}  // namespace asioscope::viewer
