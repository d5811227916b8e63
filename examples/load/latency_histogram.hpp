// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace load {

/// Latencies from 1 ns to hours in buckets less than 0.8 % wide. Its size does not depend on what
/// it holds.
class latency_histogram {
 public:
  void add(std::chrono::nanoseconds latency) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
    ++counts_[bucket(value)];
    ++count_;
    largest_ = std::max(largest_, value);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::chrono::nanoseconds largest() const { return as_duration(largest_); }

  /// The latency that `share` (0 to 1) of all requests did not exceed, rounded up to its bucket's
  /// end.
  [[nodiscard]] std::chrono::nanoseconds percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] != 0 && seen >= wanted) return as_duration(std::min(last_of(i), largest_));
    }
    return largest();
  }

 private:
  static constexpr unsigned fine_bits = 7;  // buckets for each power of two: 2^7
  static constexpr std::uint64_t fine = std::uint64_t{1} << fine_bits;

  static constexpr std::size_t bucket(std::uint64_t value) {
    if (value < fine) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - fine_bits;
    return shift * fine + (value >> shift);
  }

  static constexpr std::uint64_t last_of(std::size_t index) {
    if (index < 2 * fine) return index;
    const auto shift = index / fine - 1;
    return ((index - shift * fine + 1) << shift) - 1;
  }

  static constexpr std::chrono::nanoseconds as_duration(std::uint64_t value) {
    return std::chrono::nanoseconds{static_cast<std::int64_t>(value)};
  }

  std::array<std::uint64_t, (63 - fine_bits + 1) * fine> counts_{};  // 63: no sign bit
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace load
