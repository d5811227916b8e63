// SPDX-License-Identifier: BSL-1.0
#include "latency_histogram.hpp"

#include <gtest/gtest.h>

namespace {

using load::latency_histogram;
using std::chrono::nanoseconds;

TEST(latency_histogram, is_empty_at_first) {
  const latency_histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(0.5).count(), 0);
}

TEST(latency_histogram, is_exact_for_small_values) {
  latency_histogram histogram;
  for (int i = 1; i <= 100; ++i)
    histogram.add(nanoseconds{i});
  EXPECT_EQ(histogram.percentile(0.5).count(), 50);
  EXPECT_EQ(histogram.percentile(0.99).count(), 99);
  EXPECT_EQ(histogram.percentile(1).count(), 100);
}

TEST(latency_histogram, is_off_by_less_than_one_percent_and_never_too_small) {
  for (std::int64_t value = 1; value < INT64_MAX / 3; value += 1 + value / 3) {
    latency_histogram histogram;
    histogram.add(nanoseconds{value});
    histogram.add(nanoseconds{INT64_MAX});
    const auto told = histogram.percentile(0.5).count();
    EXPECT_GE(told, value);
    EXPECT_LE(static_cast<double>(told), static_cast<double>(value) * 1.008);
  }
}

TEST(latency_histogram, takes_the_smallest_and_the_largest) {
  latency_histogram histogram;
  histogram.add(nanoseconds{-5});
  histogram.add(nanoseconds{0});
  histogram.add(nanoseconds::max());
  EXPECT_EQ(histogram.percentile(0.5).count(), 0);
  EXPECT_EQ(histogram.percentile(1), nanoseconds::max());
  EXPECT_EQ(histogram.largest(), nanoseconds::max());
}

TEST(latency_histogram, never_tells_more_than_the_largest) {
  latency_histogram histogram;
  histogram.add(nanoseconds{1'000'001});
  EXPECT_EQ(histogram.percentile(0.5).count(), 1'000'001);
}

}  // namespace
