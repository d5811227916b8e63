// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/colors.hpp"
#include "widgets/time_view.hpp"

#include <imgui.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace asioscope::viewer {

/// How durations were spread in a stretch of time.
struct heat_column {
  double begin = 0;  ///< seconds before now (negative)
  double end = 0;
  std::span<const std::uint32_t> counts;  ///< by band; the first is the shortest
  double p50 = 0;                         ///< seconds
  double p99 = 0;
};

struct heat_style {
  const char* id = "";
  const char* title = "";
  const char* help = "";
  const char* mark = "";  ///< what a mark means
  colors::role color = colors::quiet;
  double (*band_end)(std::size_t band) = nullptr;  ///< its upper edge in seconds
};

/// Draws the columns, which are in the order of time, on a logarithmic scale: the darker a cell,
/// the larger its share of its column; lines for the median and the 99th percentile. `marks`: when
/// something bad began.
void heat_map(const heat_style& style, std::span<const heat_column> columns,
              std::span<const double> marks, time_view& view, ImVec2 size);

}  // namespace asioscope::viewer
