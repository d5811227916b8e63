// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace asioscope::watchdog {

/// Lets so many through in a minute and counts the rest. The minute begins with the first that
/// passes.
class rate_limiter {
 public:
  explicit rate_limiter(unsigned per_minute) : limit_(per_minute) {}

  /// Whether one more may pass at `now_ns`.
  [[nodiscard]] bool allow(std::int64_t now_ns);

  /// How many did not pass since this was last asked.
  [[nodiscard]] std::uint64_t take_suppressed();

 private:
  static constexpr std::int64_t window_ns = 60'000'000'000;

  unsigned limit_;
  unsigned passed_ = 0;
  std::int64_t window_begin_ns_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace asioscope::watchdog
