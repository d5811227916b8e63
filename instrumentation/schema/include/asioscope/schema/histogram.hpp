// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace asioscope::schema {

/// Buckets of every duration histogram in asioscope.
///
/// The upper bounds are 2^(k/4) seconds, from 2^-24 s (59.6 ns) to 2^6 s (64 s), inclusive, as in a
/// Prometheus native histogram of schema 2; the last bucket has no upper bound. A value read back
/// from a bucket is off by at most 9 %. Because the bounds never vary, histograms of any two
/// threads, loops, processes or versions can be added.
inline constexpr int lowest_exponent = -24;
inline constexpr int highest_exponent = 6;
inline constexpr std::size_t buckets_per_octave = 4;
inline constexpr std::size_t bucket_count =
    static_cast<std::size_t>(highest_exponent - lowest_exponent) * buckets_per_octave + 2;

/// Upper bound of bucket `index` in seconds; +infinity for the last one.
double upper_bound_seconds(std::size_t index) noexcept;

/// Durations are bucketed in units of 2^-40 s (0.9 ps): every octave bound is a power of two in it.
inline constexpr unsigned fixed_point_bits = 40;

/// The bucket of a duration given in units of 2^-40 s. Exact at the octaves and for every whole
/// number of nanoseconds, within one unit at the bounds between, which are irrational.
constexpr std::size_t bucket_of_fixed_point(std::uint64_t value) noexcept {
  constexpr unsigned lowest_bit = fixed_point_bits - static_cast<unsigned>(-lowest_exponent);
  // Bounds are inclusive: the bound itself belongs to the bucket below it.
  const std::uint64_t below = value == 0 ? 0 : value - 1;
  if (below < (std::uint64_t{1} << lowest_bit)) return 0;
  const unsigned octave = 63U - static_cast<unsigned>(__builtin_clzll(below));
  const std::uint64_t mantissa = below << (63U - octave);  // in [2^63, 2^64)
  // 2^63 times 2^(1/4), 2^(2/4), 2^(3/4).
  const std::size_t quarter = static_cast<std::size_t>(mantissa >= 0x9837F0518DB8A96FULL) +
                              static_cast<std::size_t>(mantissa >= 0xB504F333F9DE6484ULL) +
                              static_cast<std::size_t>(mantissa >= 0xD744FCCAD69D6AF4ULL);
  const std::size_t index = (octave - lowest_bit) * buckets_per_octave + quarter + 1;
  return index < bucket_count ? index : bucket_count - 1;
}

/// The bucket of a duration given in nanoseconds. Exact.
std::size_t bucket_of_nanoseconds(std::uint64_t nanoseconds) noexcept;

/// A histogram of durations: plain values, as in a snapshot or on the wire.
struct histogram {
  std::array<std::uint64_t, bucket_count> buckets{};
  std::uint64_t sum_ns = 0;  ///< total of the recorded durations, in nanoseconds

  void record(std::uint64_t nanoseconds) noexcept;
  void add(const histogram& other) noexcept;

  /// What was recorded since `earlier`, an older state of the same histogram.
  [[nodiscard]] histogram since(const histogram& earlier) const noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept;
  [[nodiscard]] double mean_seconds() const noexcept;

  /// The `quantile` (0…1) in seconds, interpolated inside its bucket; 0 when nothing was recorded.
  [[nodiscard]] double quantile_seconds(double quantile) const noexcept;

  friend bool operator==(const histogram&, const histogram&) = default;
};

}  // namespace asioscope::schema
