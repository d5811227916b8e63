// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace asioscope::schema {
namespace {

/// Where `nanoseconds` belongs by the definition of the bounds. Decided in long double, whose 64
/// bits of precision tell any two neighbouring nanoseconds up to 64 s apart from a bound between
/// them.
std::size_t defined_bucket(std::uint64_t nanoseconds) {
  const long double seconds = static_cast<long double>(nanoseconds) / 1e9L;
  for (std::size_t i = 0; i + 1 < bucket_count; ++i) {
    const long double exponent = static_cast<long double>(i) / 4 + lowest_exponent;
    if (seconds <= std::exp2(exponent)) return i;
  }
  return bucket_count - 1;
}

TEST(histogram, bounds_are_quarter_octaves) {
  EXPECT_EQ(bucket_count, 122U);
  EXPECT_EQ(upper_bound_seconds(0), std::ldexp(1.0, -24));
  EXPECT_EQ(upper_bound_seconds(96), 1.0);
  EXPECT_EQ(upper_bound_seconds(120), 64.0);
  EXPECT_EQ(upper_bound_seconds(121), std::numeric_limits<double>::infinity());
  EXPECT_EQ(upper_bound_seconds(100'000), std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i + 1 < bucket_count; ++i) {
    EXPECT_DOUBLE_EQ(upper_bound_seconds(i), std::exp2(static_cast<double>(i) / 4 - 24)) << i;
  }
}

TEST(histogram, nanoseconds_around_every_bound_fall_on_the_right_side) {
  for (std::size_t i = 0; i + 1 < bucket_count; ++i) {
    const auto bound = static_cast<std::uint64_t>(upper_bound_seconds(i) * 1e9);
    for (std::uint64_t value = bound - 2; value <= bound + 2; ++value) {
      EXPECT_EQ(bucket_of_nanoseconds(value), defined_bucket(value)) << value << " ns, bound " << i;
    }
    EXPECT_EQ(bucket_of_nanoseconds(bound), i);
    EXPECT_EQ(bucket_of_nanoseconds(bound + 1), i + 1);
  }
}

TEST(histogram, a_bound_that_is_a_whole_nanosecond_belongs_to_the_bucket_below_it) {
  EXPECT_EQ(bucket_of_nanoseconds(1'000'000'000), 96U);
  EXPECT_EQ(bucket_of_nanoseconds(1'000'000'001), 97U);
  EXPECT_EQ(bucket_of_nanoseconds(500'000'000), 92U);
  EXPECT_EQ(bucket_of_nanoseconds(64'000'000'000), 120U);
  EXPECT_EQ(bucket_of_nanoseconds(64'000'000'001), 121U);
}

TEST(histogram, the_ends_of_the_scale_are_open) {
  EXPECT_EQ(bucket_of_nanoseconds(0), 0U);
  EXPECT_EQ(bucket_of_nanoseconds(59), 0U);
  EXPECT_EQ(bucket_of_nanoseconds(60), 1U);
  EXPECT_EQ(bucket_of_nanoseconds(65'000'000'000), 121U);
  EXPECT_EQ(bucket_of_nanoseconds(std::numeric_limits<std::uint64_t>::max()), 121U);
}

TEST(histogram, fixed_point_octaves_are_exact_and_quarters_within_one_unit) {
  EXPECT_EQ(bucket_of_fixed_point(0), 0U);
  for (unsigned octave = 16; octave <= 46; ++octave) {
    const std::uint64_t bound = std::uint64_t{1} << octave;
    const std::size_t index = (octave - 16) * buckets_per_octave;
    EXPECT_EQ(bucket_of_fixed_point(bound - 1), index) << octave;
    EXPECT_EQ(bucket_of_fixed_point(bound), index) << octave;
    EXPECT_EQ(bucket_of_fixed_point(bound + 1), index + 1) << octave;
    if (octave == 46) break;
    for (std::size_t quarter = 1; quarter < buckets_per_octave; ++quarter) {
      const long double exponent = octave + static_cast<long double>(quarter) / 4;
      const auto irrational = static_cast<std::uint64_t>(std::exp2(exponent));
      EXPECT_EQ(bucket_of_fixed_point(irrational), index + quarter);
      EXPECT_EQ(bucket_of_fixed_point(irrational + 2), index + quarter + 1);
    }
  }
  EXPECT_EQ(bucket_of_fixed_point(std::numeric_limits<std::uint64_t>::max()), 121U);
}

TEST(histogram, records_count_and_sum) {
  histogram sample;
  EXPECT_EQ(sample.count(), 0U);
  EXPECT_EQ(sample.mean_seconds(), 0.0);
  sample.record(1'000);
  sample.record(3'000);
  EXPECT_EQ(sample.count(), 2U);
  EXPECT_EQ(sample.sum_ns, 4'000U);
  EXPECT_DOUBLE_EQ(sample.mean_seconds(), 2e-6);
  EXPECT_EQ(sample.buckets[bucket_of_nanoseconds(1'000)], 1U);
  EXPECT_EQ(sample.buckets[bucket_of_nanoseconds(3'000)], 1U);
}

TEST(histogram, add_and_since_are_inverse) {
  histogram earlier;
  earlier.record(100);
  earlier.record(5'000'000);
  histogram later = earlier;
  histogram fresh;
  fresh.record(100);
  fresh.record(70'000'000'000);
  later.add(fresh);
  EXPECT_EQ(later.count(), 4U);
  EXPECT_EQ(later.since(earlier), fresh);
  EXPECT_EQ(later.since(later), histogram{});
}

TEST(histogram, since_never_goes_below_zero) {
  histogram bigger;
  bigger.record(100);
  EXPECT_EQ(histogram{}.since(bigger), histogram{});
}

TEST(histogram, quantiles_of_nothing_are_zero) {
  EXPECT_EQ(histogram{}.quantile_seconds(0.5), 0.0);
}

TEST(histogram, quantiles_stay_inside_the_bucket_of_the_value) {
  for (std::size_t i = 1; i + 1 < bucket_count; ++i) {
    histogram sample;
    sample.buckets[i] = 3;
    for (const double quantile : {0.0, 0.01, 0.5, 0.99, 1.0}) {
      const double value = sample.quantile_seconds(quantile);
      EXPECT_GE(value, upper_bound_seconds(i - 1)) << i;
      EXPECT_LE(value, upper_bound_seconds(i) * (1 + 1e-12)) << i;
    }
  }
}

TEST(histogram, the_median_of_one_bucket_is_within_nine_percent_of_anything_in_it) {
  for (const std::uint64_t value : {61U, 100U, 1'000U, 12'345U, 2'000'000U, 1'999'999'999U}) {
    histogram sample;
    sample.record(value);
    EXPECT_NEAR(sample.quantile_seconds(0.5) / (static_cast<double>(value) * 1e-9), 1.0, 0.0906);
  }
}

TEST(histogram, quantiles_rise_through_the_buckets) {
  histogram sample;
  for (std::uint64_t i = 1; i <= 1000; ++i)
    sample.record(i * 1'000);
  EXPECT_NEAR(sample.quantile_seconds(0.5), 500e-6, 500e-6 * 0.0906);
  EXPECT_GT(sample.quantile_seconds(0.99), upper_bound_seconds(bucket_of_nanoseconds(990'000) - 1));
  EXPECT_LT(sample.quantile_seconds(0.99), upper_bound_seconds(bucket_of_nanoseconds(990'000)));
  double previous = 0;
  for (int percent = 0; percent <= 100; ++percent) {
    const double value = sample.quantile_seconds(percent / 100.0);
    EXPECT_GE(value, previous);
    previous = value;
  }
  EXPECT_EQ(sample.quantile_seconds(-1), sample.quantile_seconds(0));
  EXPECT_EQ(sample.quantile_seconds(2), sample.quantile_seconds(1));
  EXPECT_EQ(sample.quantile_seconds(std::nan("")), sample.quantile_seconds(0));
}

TEST(histogram, the_open_buckets_give_what_is_known) {
  histogram lowest;
  lowest.record(10);
  EXPECT_GT(lowest.quantile_seconds(0.5), 0.0);
  EXPECT_LE(lowest.quantile_seconds(1), upper_bound_seconds(0));
  histogram highest;
  highest.record(100'000'000'000);
  EXPECT_EQ(highest.quantile_seconds(0.5), 64.0);
}

TEST(histogram, a_quantile_at_the_edge_of_a_bucket_does_not_read_an_empty_one) {
  histogram sample;
  sample.buckets[10] = 1;
  sample.buckets[50] = 1;
  EXPECT_LE(sample.quantile_seconds(0.5), upper_bound_seconds(10) * (1 + 1e-12));
  EXPECT_GE(sample.quantile_seconds(0.51), upper_bound_seconds(49));
}

}  // namespace
}  // namespace asioscope::schema
