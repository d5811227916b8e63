// SPDX-License-Identifier: BSL-1.0
#include "widgets/time_range.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace asioscope::viewer {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(sane, keeps_what_can_be_added_up) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(sane(7), 7);
  EXPECT_EQ(sane(-7), -7);
  EXPECT_GT(sane(most) + sane(most) + sane(most), 0);
  EXPECT_LT(sane(least) + sane(least) + sane(least), 0);
}

TEST(time_range, follows_until_it_is_moved) {
  time_range range;
  range.keep_up(0, 100 * second);
  EXPECT_EQ(range.end_ns(), 100 * second);
  range.keep_up(0, 101 * second);
  EXPECT_EQ(range.end_ns(), 101 * second);
  range.move(-10 * second);
  range.keep_up(0, 105 * second);
  EXPECT_FALSE(range.follows);
  EXPECT_EQ(range.end_ns(), 91 * second);
  range.follows = true;
  range.keep_up(0, 110 * second);
  EXPECT_EQ(range.end_ns(), 110 * second);
}

TEST(time_range, zooms_at_the_mouse) {
  time_range range{.begin_ns = 100 * second, .span_ns = 10 * second, .follows = false};
  range.zoom(0.5, 102 * second);
  EXPECT_EQ(range.span_ns, 5 * second);
  EXPECT_EQ(range.begin_ns, 101 * second) << "the mouse is still a fifth from the left";
  range.zoom(2, 102 * second);
  EXPECT_EQ(range.begin_ns, 100 * second);
}

TEST(time_range, zooms_at_its_end_while_it_follows) {
  time_range range{.begin_ns = 100 * second, .span_ns = 10 * second, .follows = true};
  range.zoom(0.1, 102 * second);
  EXPECT_EQ(range.end_ns(), 110 * second);
  EXPECT_TRUE(range.follows);
}

TEST(time_range, has_a_shortest_and_a_longest) {
  time_range range{.begin_ns = 0, .span_ns = second, .follows = false};
  for (int i = 0; i < 200; ++i)
    range.zoom(0.5, 5);
  EXPECT_EQ(range.span_ns, time_range::shortest_ns);
  for (int i = 0; i < 200; ++i)
    range.zoom(2, 5);
  EXPECT_EQ(range.span_ns, time_range::longest_ns);
}

TEST(time_range, stays_where_there_is_something) {
  time_range range{.begin_ns = 0, .span_ns = 10 * second, .follows = false};
  range.keep_up(100 * second, 200 * second);
  EXPECT_EQ(range.begin_ns, 95 * second) << "half a screen before the first";
  range.move(1'000 * second);
  range.keep_up(100 * second, 200 * second);
  EXPECT_EQ(range.begin_ns, 195 * second);
  range.keep_up(300 * second, 200 * second);
  EXPECT_EQ(range.begin_ns, 295 * second) << "all was forgotten";
}

TEST(time_range, shows_a_stretch_with_air) {
  time_range range;
  range.show(50 * second, 52 * second);
  EXPECT_FALSE(range.follows);
  EXPECT_LT(range.begin_ns, 50 * second);
  EXPECT_GT(range.end_ns(), 52 * second);
  EXPECT_LE(range.span_ns, 4 * second);
  range.show(7, 7);
  EXPECT_EQ(range.span_ns, time_range::shortest_ns);
  EXPECT_LE(range.begin_ns, 7);
  EXPECT_GE(range.end_ns(), 7);
}

TEST(time_axis, goes_there_and_back) {
  const time_axis axis{100, 1'100, {.begin_ns = 5 * second, .span_ns = second, .follows = false}};
  EXPECT_FLOAT_EQ(axis.x(5 * second), 100);
  EXPECT_FLOAT_EQ(axis.x(6 * second), 1'100);
  EXPECT_NEAR(static_cast<double>(axis.moment(axis.x(5 * second + 123'456'789))), 5e9 + 123'456'789,
              axis.ns_per_pixel() / 100);
}

TEST(mark_step, is_round_and_leaves_room) {
  for (std::int64_t span = time_range::shortest_ns; span < time_range::longest_ns;
       span = span * 3 / 2) {
    const time_axis axis{0, 1'000, {.begin_ns = 0, .span_ns = span, .follows = false}};
    const std::int64_t step = mark_step_ns(axis, 100);
    EXPECT_GE(axis.x(step), 99.9F);
    EXPECT_LE(axis.x(step), 260.0F);
    std::int64_t digit = step;
    while (digit % 10 == 0)
      digit /= 10;
    EXPECT_TRUE(digit == 1 || digit == 2 || digit == 5) << step;
  }
}

TEST(moment_text, has_as_many_digits_as_the_step_needs) {
  EXPECT_EQ(moment_text(12'345'678'901, 5 * second), "12 s");
  EXPECT_EQ(moment_text(12'345'678'901, second), "12 s");
  EXPECT_EQ(moment_text(12'345'678'901, second / 2), "12.3 s");
  EXPECT_EQ(moment_text(12'345'678'901, second / 10), "12.3 s");
  EXPECT_EQ(moment_text(12'345'678'901, 1'000'000), "12.346 s");
  EXPECT_EQ(moment_text(12'345'678'901, 1), "12.345678901 s");
}

}  // namespace
}  // namespace asioscope::viewer
