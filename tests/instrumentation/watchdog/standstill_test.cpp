// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/standstill.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace asioscope::watchdog {
namespace {

constexpr std::uint64_t tolerance = 5;

TEST(standstill, is_no_thread_that_wakes_up_in_time) {
  EXPECT_FALSE(standstill::is_late(100, 100, tolerance));
  EXPECT_FALSE(standstill::is_late(90, 100, tolerance));
  EXPECT_FALSE(standstill::is_late(105, 100, tolerance));
  EXPECT_TRUE(standstill::is_late(106, 100, tolerance));
}

TEST(standstill, is_everything_since_the_thread_was_last_awake) {
  standstill still;
  still.awake(100, 0);
  still.late(425, 125, 0, tolerance);
  EXPECT_EQ(still.within(0, 1'000), 325U);
  EXPECT_EQ(still.within(100, 425), 325U);
  EXPECT_EQ(still.within(110, 400), 290U);
  EXPECT_EQ(still.within(0, 150), 50U);
  EXPECT_EQ(still.within(400, 500), 25U);
  EXPECT_EQ(still.within(0, 100), 0U);
  EXPECT_EQ(still.within(425, 500), 0U);
  EXPECT_EQ(still.within(500, 400), 0U);
}

TEST(standstill, is_not_waiting_for_a_processor) {
  standstill still;
  still.awake(100, 1'000);
  still.late(425, 125, 1'300, tolerance);
  EXPECT_EQ(still.within(0, 1'000), 0U);
  still.late(425, 125, 1'295, tolerance);
  EXPECT_EQ(still.within(0, 1'000), 0U);
  still.late(425, 125, 1'294, tolerance);
  EXPECT_EQ(still.within(0, 1'000), 325U);
}

TEST(standstill, is_counted_once_however_often_it_is_told) {
  standstill still;
  still.awake(100, 0);
  still.late(425, 125, 0, tolerance);
  still.late(430, 125, 0, tolerance);
  EXPECT_EQ(still.within(0, 1'000), 330U);
  still.awake(500, 0);
  still.late(600, 525, 0, tolerance);
  EXPECT_EQ(still.within(0, 1'000), 430U);
  EXPECT_EQ(still.within(420, 510), 20U);
}

TEST(standstill, remembers_a_bounded_number) {
  standstill still;
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    still.awake(i * 100, 0);
    still.late(i * 100 + 50, i * 100, 0, tolerance);
  }
  EXPECT_EQ(still.within(999'900, 2'000'000), 100U);
  EXPECT_EQ(still.within(0, 100'000), 0U);
}

/// Whatever moment the process stops at, and for how long: a run that has worked for less than the
/// threshold never seems longer than that, apart from what the tolerance allows.
TEST(standstill, leaves_no_false_age_whenever_it_comes) {
  constexpr std::uint64_t pause = 20;
  for (std::uint64_t stop = 0; stop < 100; ++stop) {
    for (std::uint64_t length = 0; length < 200; length += 3) {
      standstill still;
      std::uint64_t now = 0;
      bool stopped = false;
      while (now < 400) {
        still.awake(now, 0);
        const auto expected = now + pause;
        now = expected;
        if (!stopped && stop < expected) {
          stopped = true;
          now = std::max(expected, stop + length);
        }
        if (standstill::is_late(now, expected, tolerance)) still.late(now, expected, 0, tolerance);
        for (std::uint64_t begin = 0; begin <= now; begin += 7) {
          const auto from = std::max(begin, stop);
          const auto to = std::min(now, stop + length);
          const auto worked = now - begin - (stopped && from < to ? to - from : 0);
          const auto seen = now - begin - still.within(begin, now);
          ASSERT_LE(seen, worked + pause + tolerance) << stop << " " << length;
          if (length > pause + tolerance) {
            ASSERT_LE(seen, worked) << stop << " " << length;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace asioscope::watchdog
