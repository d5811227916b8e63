// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>

namespace asioscope::viewer {

/// How long to wait before the next attempt: doubles with each failure, never more than five
/// seconds.
class backoff {
 public:
  static constexpr std::chrono::milliseconds first{100};
  static constexpr std::chrono::milliseconds longest{5'000};

  [[nodiscard]] std::chrono::milliseconds next() noexcept {
    const std::chrono::milliseconds result = next_;
    next_ = std::min(next_ * 2, longest);
    return result;
  }
  void reset() noexcept { next_ = first; }

 private:
  std::chrono::milliseconds next_ = first;
};

}  // namespace asioscope::viewer
