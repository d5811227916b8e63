// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace asioscope::schema {

double upper_bound_seconds(std::size_t index) noexcept {
  if (index + 1 >= bucket_count) return std::numeric_limits<double>::infinity();
  // ldexp of one of four constants: the same double for every octave, and exact for the powers of
  // two.
  constexpr double quarter[buckets_per_octave] = {1.0, 1.1892071150027210667, 1.4142135623730950488,
                                                  1.6817928305074290861};
  const int octave = static_cast<int>(index / buckets_per_octave) + lowest_exponent;
  return std::ldexp(quarter[index % buckets_per_octave], octave);
}

std::size_t bucket_of_nanoseconds(std::uint64_t nanoseconds) noexcept {
  constexpr std::uint64_t second = 1'000'000'000;
  const std::uint64_t seconds = nanoseconds / second;
  if (seconds > (std::uint64_t{1} << highest_exponent)) return bucket_count - 1;
  // 2^40 / 10^9 = 2^31 / 5^9. Rounded up, because a bound belongs to the bucket below it.
  constexpr std::uint64_t five_to_the_ninth = 1'953'125;
  const std::uint64_t rest =
      (((nanoseconds % second) << 31U) + five_to_the_ninth - 1) / five_to_the_ninth;
  return bucket_of_fixed_point((seconds << fixed_point_bits) + rest);
}

void histogram::record(std::uint64_t nanoseconds) noexcept {
  ++buckets[bucket_of_nanoseconds(nanoseconds)];
  sum_ns += nanoseconds;
}

void histogram::add(const histogram& other) noexcept {
  for (std::size_t i = 0; i < bucket_count; ++i)
    buckets[i] += other.buckets[i];
  sum_ns += other.sum_ns;
}

histogram histogram::since(const histogram& earlier) const noexcept {
  // A pair that is not older and newer of one histogram must not turn into astronomical numbers.
  const auto difference = [](std::uint64_t now, std::uint64_t before) {
    return now > before ? now - before : 0;
  };
  histogram result;
  for (std::size_t i = 0; i < bucket_count; ++i) {
    result.buckets[i] = difference(buckets[i], earlier.buckets[i]);
  }
  result.sum_ns = difference(sum_ns, earlier.sum_ns);
  return result;
}

std::uint64_t histogram::count() const noexcept {
  return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
}

double histogram::mean_seconds() const noexcept {
  const std::uint64_t total = count();
  return total == 0 ? 0.0 : static_cast<double>(sum_ns) * 1e-9 / static_cast<double>(total);
}

double histogram::quantile_seconds(double quantile) const noexcept {
  const std::uint64_t total = count();
  if (total == 0) return 0.0;
  const double share = quantile > 0.0 ? std::min(quantile, 1.0) : 0.0;  // a NaN becomes 0
  const double rank = share * static_cast<double>(total);

  std::size_t index = 0;
  double below = 0.0;  // values in the buckets before `index`
  for (std::size_t i = 0; i < bucket_count; ++i) {
    if (buckets[i] == 0) continue;
    index = i;
    if (below + static_cast<double>(buckets[i]) >= rank) break;
    below += static_cast<double>(buckets[i]);
  }
  // Of the last bucket only the lower bound is known.
  if (index == bucket_count - 1) return upper_bound_seconds(bucket_count - 2);
  const double upper = upper_bound_seconds(index);
  const double part = std::clamp((rank - below) / static_cast<double>(buckets[index]), 0.0, 1.0);
  if (index == 0) return upper * part;  // starts at zero, where no geometric step leads to
  const double lower = upper_bound_seconds(index - 1);
  return lower * std::pow(upper / lower, part);
}

}  // namespace asioscope::schema
