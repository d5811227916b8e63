// SPDX-License-Identifier: BSL-1.0
#include "schedule.hpp"

#include <gtest/gtest.h>

namespace {

using load::schedule;
using namespace std::chrono_literals;

constexpr schedule::time_point begin{};

TEST(schedule, hands_out_exactly_as_many_requests_as_wanted) {
  schedule plan(3, 1s, 0, begin);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(plan.take(begin + 1h), begin + 1h);
  EXPECT_EQ(plan.left(), 0U);
  EXPECT_FALSE(plan.take(begin));
}

TEST(schedule, ends_after_the_duration) {
  schedule plan(std::nullopt, 2s, 0, begin);
  EXPECT_EQ(plan.take(begin + 1999ms), begin + 1999ms);
  EXPECT_FALSE(plan.take(begin + 2s));
  EXPECT_EQ(plan.left(), 0U);
}

TEST(schedule, spaces_requests_evenly_however_late_they_are_taken) {
  schedule plan(3, 1s, 4, begin);
  EXPECT_EQ(plan.take(begin), begin);
  EXPECT_EQ(plan.take(begin), begin + 250ms);
  EXPECT_EQ(plan.take(begin + 1h), begin + 500ms);
  EXPECT_FALSE(plan.take(begin + 1h));
}

TEST(schedule, plans_rate_times_duration_and_tells_what_could_not_be_sent) {
  schedule plan(std::nullopt, 2s, 2, begin);
  EXPECT_EQ(plan.take(begin), begin);
  EXPECT_EQ(plan.take(begin + 11s), begin + 500ms);
  EXPECT_FALSE(plan.take(begin + 2s + schedule::patience));
  EXPECT_EQ(plan.left(), 2U);
}

}  // namespace
