// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/histogram.hpp"

#include <imgui.h>

#include <limits>

namespace asioscope::viewer {

struct histogram_style {
  const char* id = "";
  const char* title = "";
  const char* help = "";
  ImVec4 color{};
  double longest = std::numeric_limits<double>::infinity();  ///< seconds, where it is known exactly
};

/// Draws how often durations occurred, on a logarithmic axis of time, with p50 and p99 marked.
void histogram_chart(const histogram_style& style, const schema::histogram& durations, ImVec2 size);

}  // namespace asioscope::viewer
