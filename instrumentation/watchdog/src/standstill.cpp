// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/standstill.hpp"

#include <algorithm>

namespace asioscope::watchdog {

void standstill::late(std::uint64_t now, std::uint64_t expected, std::uint64_t accounted,
                      std::uint64_t tolerance) {
  const auto explained = accounted > accounted_ ? accounted - accounted_ : 0;
  if (!is_late(now, expected + explained, tolerance)) return;
  intervals_.push_back({last_awake_, now});
  if (intervals_.size() > intervals_kept) intervals_.pop_front();
  last_awake_ = now;
}

std::uint64_t standstill::within(std::uint64_t begin, std::uint64_t end) const {
  std::uint64_t sum = 0;
  for (const auto& each : intervals_) {
    const auto from = std::max(begin, each.begin);
    const auto to = std::min(end, each.end);
    if (from < to) sum += to - from;
  }
  return sum;
}

}  // namespace asioscope::watchdog
