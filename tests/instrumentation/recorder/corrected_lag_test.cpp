// SPDX-License-Identifier: BSL-1.0
#include "corrected_lag.hpp"

#include "figures.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;

/// Makes the turns of a loop on which time passes as the test says.
class made_up_loop {
 public:
  explicit made_up_loop(const char* name) : name_(name) {
    initialise_clock();
    set_thresholds({});
    set_loop_name(name, name);
    cells_ = &this_thread().cells_of(loop_of_context(name));
    entered_ = now_ = now_ticks();
    wait(0);
    wait(0);
  }

  void run(std::int64_t ns) { now_ += to_ticks(static_cast<std::uint64_t>(ns)); }

  void wait(std::int64_t ns, bool proven = true) {
    const ticks begin = now_;
    run(ns);
    end_turn(this_thread(), *cells_, {begin, now_, entered_, proven, true});
  }

  /// Whoever runs the loop leaves it, and comes again later.
  void leave_for(std::int64_t ns) {
    run(ns);
    entered_ = now_;
  }

  [[nodiscard]] schema::loop_statistics figures() const { return ::figures().loop(name_); }
  [[nodiscard]] schema::histogram corrected() const { return figures().corrected_lag; }

 private:
  const char* name_;
  loop_cells* cells_;
  ticks entered_;
  ticks now_;
};

constexpr std::int64_t ms = 1'000'000;

std::uint64_t above(const schema::histogram& h, double seconds) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < schema::bucket_count; ++i)
    if (i + 1 == schema::bucket_count || schema::upper_bound_seconds(i) > seconds)
      sum += h.buckets[i];
  return sum;
}

TEST(corrected_lag, of_a_loop_that_waits_is_none) {
  made_up_loop loop("waits");
  for (int i = 0; i < 10; ++i)
    loop.wait(100 * ms);
  EXPECT_NEAR(static_cast<double>(loop.corrected().count()), 1000, 2);
  EXPECT_EQ(above(loop.corrected(), 1e-7), 0U);
  EXPECT_EQ(loop.figures().long_turns, 0U);
}

TEST(corrected_lag, has_a_long_block_with_all_that_it_kept_waiting) {
  made_up_loop loop("blocks");
  loop.run(30'000 * ms);
  loop.wait(0);
  loop.wait(30'000 * ms);
  const auto lag = loop.corrected();
  EXPECT_NEAR(static_cast<double>(lag.count()), 60'000, 3);
  EXPECT_NEAR(static_cast<double>(above(lag, 1e-7)), 30'000, 3);
  // Of the arrivals in the block half waited for more than 15 s; bounds are 19 % apart.
  EXPECT_NEAR(lag.quantile_seconds(0.75), 15, 3);
  EXPECT_NEAR(static_cast<double>(lag.sum_ns) / 1e9, 30'000 * 15, 50);
}

TEST(corrected_lag, is_the_same_for_one_long_handler_and_for_many_short_ones) {
  made_up_loop one("one long");
  made_up_loop many("many short");
  for (int turn = 0; turn < 20; ++turn) {
    one.run(100 * ms);
    one.wait(10 * ms);
    for (int i = 0; i < 10; ++i)
      many.run(10 * ms);
    many.wait(10 * ms);
  }
  EXPECT_EQ(one.corrected().count(), many.corrected().count());
  EXPECT_EQ(above(one.corrected(), 0.05), above(many.corrected(), 0.05));
  EXPECT_EQ(one.figures().long_turns, 20U);
  EXPECT_EQ(many.figures().long_turns, 20U);
  EXPECT_NEAR(static_cast<double>(many.figures().longest_turn_ns), 100.0 * ms, 1000);
}

TEST(corrected_lag, of_a_busy_loop_with_short_turns_stays_short) {
  made_up_loop loop("short turns");
  for (int i = 0; i < 10'000; ++i) {
    loop.run(137'000);
    loop.wait(0);
  }
  EXPECT_NEAR(static_cast<double>(loop.corrected().count()), 1370, 2);
  EXPECT_EQ(above(loop.corrected(), 0.000'15), 0U);
  EXPECT_GT(above(loop.corrected(), 1e-7), 0U);
  EXPECT_EQ(loop.figures().long_turns, 0U);
}

TEST(corrected_lag, has_nothing_of_the_time_in_which_nobody_ran_the_loop) {
  made_up_loop loop("left");
  loop.wait(10 * ms);
  const auto before = loop.corrected().count();
  loop.leave_for(10'000 * ms);
  loop.wait(0);
  EXPECT_EQ(loop.corrected().count(), before);
  EXPECT_EQ(loop.figures().long_turns, 0U);
  loop.run(50 * ms);
  loop.wait(0, false);  // and nothing of what nobody knows
  EXPECT_EQ(loop.corrected().count(), before);
  loop.wait(10 * ms);
  EXPECT_GT(loop.corrected().count(), before);
}

TEST(corrected_lag, later_than_the_histogram_can_tell_takes_no_longer_than_its_end) {
  histogram_cells cells;
  initialise_clock();
  record_arrivals(cells, to_ticks(24ULL * 3600U * 1'000'000'000U), to_ticks(1'000'000));
  std::uint64_t count = 0;
  for (const auto& bucket : cells.buckets)
    count += bucket.get();
  EXPECT_NEAR(static_cast<double>(count), 64'000, 2);
}

TEST(corrected_lag, of_a_queued_probe_counts_one_arrival_per_interval) {
  set_loop_name("queued", "queued");
  loop_record& loop = loop_of_context("queued");
  loop.probe_sent = now_ticks() - to_ticks(4 * probe_interval_ns + probe_interval_ns / 2);
  queued_probe_arrived(loop);
  EXPECT_EQ(figures().loop("queued").lag.count(), 1U);
  EXPECT_EQ(figures().loop("queued").corrected_lag.count(), 5U);
}

}  // namespace
