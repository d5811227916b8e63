// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/window.hpp"

#include "messages.hpp"

#include <gtest/gtest.h>

namespace asioscope::model {
namespace {

using test::repeated;

TEST(histogram_window, what_was_there_before_it_began_does_not_count) {
  histogram_window window;
  window.rebase(repeated(100, 5'000));
  EXPECT_EQ(window.since(0, repeated(100, 5'000)), schema::histogram{});
  EXPECT_EQ(window.since(0, repeated(130, 5'000)), repeated(30, 5'000));
}

TEST(histogram_window, steps_leave_as_time_passes) {
  histogram_window window;
  schema::histogram current;
  // Ten runs a second for 20 seconds; the window reaches back five.
  for (std::int64_t now = 1; now <= 20; ++now) {
    current = repeated(static_cast<std::uint64_t>(now) * 10, 5'000);
    window.tick(current, {.now_ns = now, .window_ns = now - 5, .minute_ns = 0});
    const auto seconds = static_cast<std::uint64_t>(std::min<std::int64_t>(now, 5));
    EXPECT_EQ(window.since(now - 5, current), repeated(seconds * 10, 5'000)) << now;
  }
  EXPECT_EQ(window.since(18, current), repeated(20, 5'000));
  EXPECT_EQ(window.since(20, current), schema::histogram{});
}

TEST(histogram_window, counts_what_came_after_the_last_tick) {
  histogram_window window;
  window.tick(repeated(10, 5'000), {.now_ns = 1, .window_ns = 0, .minute_ns = 0});
  schema::histogram current = repeated(10, 5'000);
  current.record(700);
  EXPECT_EQ(window.since(1, current), test::durations({700}));
}

TEST(histogram_window, missing_ticks_make_a_long_step_not_a_wrong_one) {
  histogram_window window;
  window.tick(repeated(10, 5'000), {.now_ns = 1, .window_ns = 0, .minute_ns = 0});
  window.tick(repeated(500, 5'000), {.now_ns = 50, .window_ns = 1, .minute_ns = 0});
  EXPECT_EQ(window.since(1, repeated(500, 5'000)), repeated(490, 5'000));
}

TEST(histogram_window, a_histogram_that_shrinks_adds_nothing) {
  histogram_window window;
  window.rebase(repeated(100, 5'000));
  window.tick(repeated(10, 5'000), {.now_ns = 1, .window_ns = 0, .minute_ns = 0});
  EXPECT_EQ(window.since(0, repeated(10, 5'000)), schema::histogram{});
}

TEST(counter_window, knows_a_minute) {
  counter_window window;
  window.rebase(1'000);
  std::uint64_t current = 1'000;
  for (std::int64_t now = 1; now <= 200; ++now) {
    current += 3;
    window.tick(current, {.now_ns = now, .window_ns = now - 10, .minute_ns = now - 60});
  }
  EXPECT_EQ(window.since(140, current), 180U);
  EXPECT_EQ(window.since(190, current + 7), 37U);
  EXPECT_EQ(window.since(200, current), 0U);
  EXPECT_EQ(window.since(0, current), 180U);  // what is older is forgotten
  EXPECT_EQ(window.since(200, 0), 0U);
}

}  // namespace
}  // namespace asioscope::model
