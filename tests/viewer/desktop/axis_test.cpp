// SPDX-License-Identifier: BSL-1.0
#include "widgets/axis.hpp"

#include "widgets/plot.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace asioscope::viewer {
namespace {

TEST(axis, holds_the_highest_value_and_wastes_little) {
  for (const unit measured : {unit::seconds, unit::per_second, unit::count}) {
    for (double highest = 1e-9; highest < 1e12; highest *= 1.37) {
      const double top = axis_top(measured, highest);
      EXPECT_GE(top * (1 + 1e-6), highest);
      if (highest > 10) {
        EXPECT_LE(top, highest * 2.51) << highest;
      }
    }
  }
  EXPECT_EQ(axis_top(unit::share, 0.3), 1);
  EXPECT_EQ(axis_top(unit::share, 7), 1);
  EXPECT_EQ(axis_top(unit::count, 0), 10);
  EXPECT_EQ(axis_top(unit::seconds, std::numeric_limits<double>::quiet_NaN()), 1e-3);
}

TEST(axis, labels_are_short_and_round) {
  EXPECT_EQ(tick_text(unit::seconds, 0.0005), "500 µs");
  EXPECT_EQ(tick_text(unit::seconds, 0.05), "50 ms");
  EXPECT_EQ(tick_text(unit::seconds, 2), "2 s");
  EXPECT_EQ(tick_text(unit::share, 0.5), "50 %");
  EXPECT_EQ(tick_text(unit::count, 20'000), "20 k");
  EXPECT_EQ(tick_text(unit::per_second, 2.5e6), "2.5 M");
  EXPECT_EQ(tick_text(unit::count, 0), "0");
  EXPECT_EQ(value_text(unit::count, 12.0), "12");
  EXPECT_EQ(value_text(unit::seconds, std::nan("")), "–");
}

TEST(axis, time_has_as_many_labels_as_there_is_room_for) {
  EXPECT_EQ(time_step(60, 6), 10);
  EXPECT_EQ(time_step(60, 4), 15);
  EXPECT_EQ(time_step(300, 5), 60);
  EXPECT_EQ(time_step(5, 10), 1);
}

TEST(time_view, stays_within_what_is_kept) {
  time_view view;
  for (int notch = 0; notch < 100; ++notch)
    view.zoom(1.25, -10);
  EXPECT_EQ(view.span, time_view::longest);
  EXPECT_EQ(view.end, 0);
  for (int notch = 0; notch < 100; ++notch)
    view.zoom(0.8, -10);
  EXPECT_EQ(view.span, time_view::shortest);
  view.move(-1e6);
  EXPECT_EQ(view.end, view.span - time_view::longest);
  view.move(1e6);
  EXPECT_EQ(view.end, 0);
  view.zoom(2, 0);
  view.move(-20);
  view.reset();
  EXPECT_EQ(view.span, time_view::usual);
  EXPECT_EQ(view.end, 0);
}

TEST(time_view, zooms_at_the_mouse) {
  time_view view;
  view.move(-60);
  const double at = -80;
  const double before = (view.end - at) / view.span;
  view.zoom(0.5, at);
  EXPECT_NEAR((view.end - at) / view.span, before, 1e-9);
}

}  // namespace
}  // namespace asioscope::viewer
