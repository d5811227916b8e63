// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

namespace asioscope::core::detail {

/// So many times the delay, at most `max`; no number of times is too much.
inline std::chrono::nanoseconds scaled(std::chrono::nanoseconds delay, double times,
                                       std::chrono::nanoseconds max) noexcept {
  const double product = static_cast<double>(delay.count()) * times;
  if (!(product < static_cast<double>(max.count()))) return max;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(product));
}

/// The n-th of base, base·factor, base·factor²…, at most `max`. The first is 1.
inline std::chrono::nanoseconds exponential_delay(std::chrono::nanoseconds base, double factor,
                                                  std::uint64_t n,
                                                  std::chrono::nanoseconds max) noexcept {
  return scaled(base, std::pow(factor, static_cast<double>(n - 1)), max);
}

/// Spread evenly over so large a part of it to both sides. `uniform` is from 0 to 1.
inline std::chrono::nanoseconds spread_delay(std::chrono::nanoseconds delay, double part,
                                             double uniform,
                                             std::chrono::nanoseconds max) noexcept {
  return scaled(delay, 1 - part + 2 * part * uniform, max);
}

}  // namespace asioscope::core::detail
