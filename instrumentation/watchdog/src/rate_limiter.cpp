// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/rate_limiter.hpp"

#include <utility>

namespace asioscope::watchdog {

bool rate_limiter::allow(std::int64_t now_ns) {
  if (passed_ == 0 || now_ns - window_begin_ns_ >= window_ns) {
    window_begin_ns_ = now_ns;
    passed_ = 0;
  }
  if (passed_ < limit_) {
    ++passed_;
    return true;
  }
  ++suppressed_;
  return false;
}

std::uint64_t rate_limiter::take_suppressed() { return std::exchange(suppressed_, 0); }

}  // namespace asioscope::watchdog
