// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/cells.hpp"

#include <algorithm>
#include <cstdint>

namespace asioscope::recorder {

/// Records what arrivals at a steady rate, one per `interval`, met that came while nobody listened:
/// the first was `late`, each later one by an interval less.
///
/// One that was later than the histogram can tell counts as the latest that it can: what counts
/// then is that there was a block at all, and an hour in a debugger does not take long.
///
/// Source: the correction for coordinated omission of Gil Tene's HdrHistogram.
inline constexpr std::uint64_t latest_arrival_ns = 64'000'000'000;
inline ticks latest_arrival(ticks late) noexcept {
  return std::min(late, to_ticks(latest_arrival_ns));
}
void record_arrivals(histogram_cells& into, ticks late, ticks interval) noexcept;

}  // namespace asioscope::recorder
