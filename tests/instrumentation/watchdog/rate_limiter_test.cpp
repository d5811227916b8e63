// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace {

using asioscope::watchdog::rate_limiter;

constexpr std::int64_t second = 1'000'000'000;

TEST(rate_limiter, ten_in_a_minute_become_five_and_a_count) {
  rate_limiter limiter(5);
  int passed = 0;
  for (int i = 0; i < 10; ++i)
    passed += limiter.allow(i * second) ? 1 : 0;
  EXPECT_EQ(passed, 5);
  EXPECT_EQ(limiter.take_suppressed(), 5U);
  EXPECT_EQ(limiter.take_suppressed(), 0U);
}

TEST(rate_limiter, the_next_minute_begins_with_the_first_that_passes) {
  rate_limiter limiter(2);
  EXPECT_TRUE(limiter.allow(100 * second));
  EXPECT_TRUE(limiter.allow(130 * second));
  EXPECT_FALSE(limiter.allow(160 * second - 1));
  EXPECT_TRUE(limiter.allow(160 * second));
  EXPECT_TRUE(limiter.allow(219 * second));
  EXPECT_FALSE(limiter.allow(219 * second));
}

TEST(rate_limiter, zero_lets_nothing_through) {
  rate_limiter limiter(0);
  EXPECT_FALSE(limiter.allow(0));
  EXPECT_FALSE(limiter.allow(1000 * second));
  EXPECT_EQ(limiter.take_suppressed(), 2U);
}

}  // namespace
