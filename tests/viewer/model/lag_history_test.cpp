// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/lag_history.hpp"

#include "messages.hpp"

#include "asioscope/model/model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace asioscope::model {
namespace {

using test::ms;
using test::second;

TEST(lag_history, tells_each_second_by_itself) {
  lag_history history;
  schema::histogram lag = test::repeated(1'000, 5 * ms);
  history.rebase(lag, 10 * second);
  lag.add(test::repeated(99, ms));
  lag.add(test::repeated(1, 100 * ms));
  history.tick(lag, 11 * second);
  history.tick(lag, 12 * second);
  ASSERT_EQ(history.columns().size(), 2U);
  const lag_column& first = history.columns()[0];
  EXPECT_EQ(first.at_ns, 11 * second);
  EXPECT_EQ(first.span_ns, second);
  EXPECT_EQ(first.count(), 100U) << "what was before is not in it";
  EXPECT_NEAR(first.p50_seconds, 1e-3, 2e-4);
  EXPECT_LE(first.p99_seconds, 2e-3);
  EXPECT_EQ(history.columns()[1].count(), 0U);
}

TEST(lag_history, puts_every_duration_between_the_edges_of_its_octave) {
  for (std::uint64_t ns = 1; ns < 200'000'000'000; ns = ns * 3 / 2 + 1) {
    lag_history history;
    history.rebase({}, second);
    schema::histogram lag;
    lag.record(ns);
    history.tick(lag, 2 * second);
    const lag_column& column = history.columns()[0];
    ASSERT_EQ(column.count(), 1U);
    for (std::size_t octave = 0; octave < lag_column::octaves; ++octave) {
      if (column.counts.at(octave) == 0) continue;
      const double seconds = static_cast<double>(ns) / 1e9;
      EXPECT_LE(seconds, octave_end_seconds(octave) * (1 + 1e-9));
      if (octave > 0) {
        EXPECT_GT(seconds, octave_end_seconds(octave - 1) * (1 - 1e-9));
      }
    }
  }
  EXPECT_TRUE(std::isinf(octave_end_seconds(lag_column::octaves - 1)));
  EXPECT_TRUE(std::isinf(octave_end_seconds(1'000)));
  EXPECT_DOUBLE_EQ(octave_end_seconds(lag_column::octaves - 2), 64);
}

TEST(lag_history, keeps_five_minutes) {
  lag_history history;
  for (std::int64_t tick = 1; tick <= 1'000; ++tick)
    history.tick({}, tick * second);
  ASSERT_EQ(history.columns().size(), limits::lag_columns);
  EXPECT_EQ(history.columns().back().at_ns, 1'000 * second);
  EXPECT_EQ(history.columns()[0].at_ns, 701 * second);
}

TEST(lag_history, holds_more_than_can_be_counted) {
  lag_history history;
  history.rebase({}, second);
  schema::histogram lag;
  lag.buckets[1] = std::numeric_limits<std::uint64_t>::max() / 2;
  lag.buckets[2] = std::numeric_limits<std::uint64_t>::max() / 2;
  history.tick(lag, 2 * second);
  EXPECT_EQ(history.columns()[0].count(), std::numeric_limits<std::uint32_t>::max());
}

class lateness : public testing::Test {
 protected:
  lateness() {
    EXPECT_EQ(state.fold(test::greeting()), "");
    frame = test::snapshot_at(second);
    frame.loops = {test::named_loop(1, "main")};
    frame.loop_stats.resize(1);
    frame.loop_stats[0].loop = 1;
    EXPECT_EQ(state.fold(frame), "");
    frame.snapshot = frame.snapshot_end = false;
  }
  const loop& after_a_second() {
    frame.time.monotonic_ns += second;
    EXPECT_EQ(state.fold(frame), "");
    return state.current()->loops().at(1);
  }

  model state;
  schema::frame frame;
};

TEST_F(lateness, is_what_arrivals_met_where_that_is_known) {
  frame.loop_stats[0].lag = test::repeated(1, 2 * ms);
  frame.loop_stats[0].corrected_lag = test::repeated(1'000, 4 * ms);
  const loop& known = after_a_second();
  EXPECT_TRUE(known.knows_arrivals());
  ASSERT_EQ(known.lateness().size(), 1U);
  EXPECT_EQ(known.lateness()[0].count(), 1'000U);
  EXPECT_EQ(known.lateness()[0].span_ns, second);
}

TEST_F(lateness, is_that_of_probes_elsewhere) {
  frame.loop_stats[0].lag = test::repeated(7, 2 * ms);
  const loop& known = after_a_second();
  EXPECT_FALSE(known.knows_arrivals());
  EXPECT_EQ(known.lateness().back().count(), 7U);
}

TEST_F(lateness, of_a_loop_that_comes_later_begins_with_it) {
  after_a_second();
  frame.loops = {test::named_loop(2, "late")};
  frame.loop_stats.push_back(frame.loop_stats[0]);
  frame.loop_stats[1].loop = 2;
  frame.loop_stats[1].lag = test::repeated(3, ms);
  after_a_second();
  const loop& late = state.current()->loops().at(2);
  ASSERT_EQ(late.lateness().size(), 1U);
  EXPECT_EQ(late.lateness()[0].span_ns, second) << "not since the machine was started";
  EXPECT_EQ(late.lateness()[0].count(), 3U);
}

}  // namespace
}  // namespace asioscope::model
