// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <random>

namespace asioscope::core::detail {

/// Random numbers for any number of threads, the same ones for the same seed.
/// Source: splitmix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
class random_source {
 public:
  /// Nothing: another one each time.
  explicit random_source(std::optional<std::uint64_t> seed)
      : state_(seed.has_value() ? *seed : from_device()) {}

  std::uint64_t next() noexcept {
    constexpr std::uint64_t step = 0x9e3779b97f4a7c15;
    std::uint64_t value = state_.fetch_add(step, std::memory_order_relaxed) + step;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
  }

  /// From 0, and less than 1.
  double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  static std::uint64_t from_device() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }

  std::atomic<std::uint64_t> state_;
};

}  // namespace asioscope::core::detail
