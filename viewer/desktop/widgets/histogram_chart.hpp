// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/histogram.hpp"

#include <imgui.h>

#include <limits>
#include <optional>

namespace asioscope::viewer {

struct histogram_style {
  const char* id = "";
  const char* title = "";
  const char* help = "";
  ImVec4 color{};
  const char* click = "";  ///< what a click on a bar does; empty: nothing
  double longest = std::numeric_limits<double>::infinity();  ///< seconds, where it is known exactly
};

/// Durations in seconds: more than `above`, at most `up_to`.
struct duration_range {
  double above = 0;
  double up_to = 0;
};

/// Draws how often durations occurred, on a logarithmic axis of time, with p50 and p99 marked.
/// Returns the bar that was clicked.
std::optional<duration_range> histogram_chart(const histogram_style& style,
                                              const schema::histogram& durations, ImVec2 size);

}  // namespace asioscope::viewer
