// SPDX-License-Identifier: BSL-1.0
// A program of which only a part was built with the hooks behaves as before. What is recorded of it
// depends on which copies of Asio's templates the linker keeps; that is documented, and not tested.
#include "unit.hpp"

#include "asioscope/recorder/recorder.hpp"

#include <gtest/gtest.h>

namespace {

class mixed : public testing::TestWithParam<const unit*> {};

TEST_P(mixed, program_behaves_as_before) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(GetParam()->posts(50), 100);
    EXPECT_EQ(GetParam()->timers(20), 20);
    EXPECT_EQ(GetParam()->coroutines(20), 20);
    EXPECT_EQ(GetParam()->exceptions(5), 5);
    EXPECT_TRUE(GetParam()->leftovers());
  }
  for (const auto& s : asioscope::recorder::take_snapshot().loop_stats) {
    EXPECT_LE(s.busy_ns, 100'000'000'000U);
    EXPECT_LE(s.idle_ns, 100'000'000'000U);
  }
}

INSTANTIATE_TEST_SUITE_P(units, mixed, testing::Values(&hooked_unit, &plain_unit, &hooked_unit));

}  // namespace
