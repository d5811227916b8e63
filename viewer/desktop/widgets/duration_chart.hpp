// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/histogram_chart.hpp"

namespace asioscope::viewer {

/// A histogram with its percentiles in words below: p50, p90, p99, p99.9, and the longest where it
/// is known.
void duration_chart(const histogram_style& style, const schema::histogram& durations, ImVec2 size);

}  // namespace asioscope::viewer
