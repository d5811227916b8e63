// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// What an axis measures, which says how its ticks are chosen and written.
enum class unit : std::uint8_t { share, seconds, per_second, count };

/// The top of an axis that holds `highest`: a round number of the unit.
[[nodiscard]] double axis_top(unit measured, double highest);

/// Values for grid lines from 0 to `top`, both included.
[[nodiscard]] std::vector<double> axis_ticks(double top);

/// A value on the axis, in words.
[[nodiscard]] std::string value_text(unit measured, double value);
/// The same for a tick, which is round and needs no digits after the point.
[[nodiscard]] std::string tick_text(unit measured, double value);

/// Seconds between the labels of a time axis that shows `span` seconds with at most `labels`
/// labels.
[[nodiscard]] double time_step(double span, int labels);

}  // namespace asioscope::viewer
