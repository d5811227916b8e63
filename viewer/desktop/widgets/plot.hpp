// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/colors.hpp"
#include "widgets/axis.hpp"
#include "widgets/time_view.hpp"

#include <imgui.h>

#include <span>

namespace asioscope::viewer {

/// A value that held from `begin` to `end`, in seconds before now (negative).
struct plot_step {
  double begin = 0;
  double end = 0;
  double value = 0;     ///< NaN: nothing was measured
  bool marked = false;  ///< something bad began in it
};

struct plot_style {
  const char* id = "";
  const char* title = "";
  const char* help = "";  ///< what the number means
  const char* mark = "";  ///< what a mark means
  unit measured = unit::count;
  colors::role color = colors::quiet;
};

/// Draws `steps`, which are in the order of time, into a box of `size`.
void plot(const plot_style& style, std::span<const plot_step> steps, time_view& view, ImVec2 size);

}  // namespace asioscope::viewer
