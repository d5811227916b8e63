// SPDX-License-Identifier: BSL-1.0
#include "clock.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ctime>

namespace {

using namespace asioscope::recorder;

std::int64_t monotonic() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void wait_for(std::int64_t ns) {
  for (const std::int64_t end = monotonic() + ns; monotonic() < end;)
    continue;
}

/// Compares when the thread was surely not interrupted in between.
void expect_close_to_the_kernels(std::int64_t tolerance_ns) {
  std::int64_t closest = INT64_MAX;
  for (int i = 0; i < 50; ++i) {
    const std::int64_t before = monotonic();
    const ticks now = now_ticks();
    const std::int64_t after = monotonic();
    const std::int64_t converted = to_monotonic(now);
    const std::int64_t off = converted < before  ? before - converted
                             : converted > after ? converted - after
                                                 : 0;
    if (std::abs(off) < closest) closest = off;
  }
  EXPECT_LE(closest, tolerance_ns);
}

TEST(conversion, is_close_to_the_kernels_clock_at_once) {
  initialise_clock();
  expect_close_to_the_kernels(20'000);
}

TEST(conversion, stays_close_to_the_kernels_clock_with_readings) {
  initialise_clock();
  wait_for(150'000'000);
  take_clock_reading();
  wait_for(150'000'000);
  expect_close_to_the_kernels(20'000);
  take_clock_reading();
  expect_close_to_the_kernels(5'000);
}

TEST(conversion, never_goes_back_within_one_converter) {
  initialise_clock();
  const ticks first = now_ticks();
  for (int i = 0; i < 5; ++i) {
    wait_for(20'000'000);
    take_clock_reading();
  }
  const ticks last = now_ticks() + to_ticks(50'000'000);
  const tick_converter convert = current_converter();
  std::int64_t former = convert(first - to_ticks(10'000'000));
  const ticks step = to_ticks(1'000);
  for (ticks t = first - to_ticks(10'000'000) + step; t < last; t += step) {
    const std::int64_t now = convert(t);
    ASSERT_GE(now, former);
    former = now;
  }
}

TEST(conversion, follows_a_clock_whose_rate_changes) {
  initialise_clock();
  // One tick per nanosecond, then a per cent slower: between two readings each is met exactly.
  constexpr std::int64_t second = 1'000'000'000;
  const tick_converter convert(
      {{1'000, 0, 0}, {1'000 + second, second, 0}, {1'000 + 2 * second, second + 990'000'000, 0}});
  EXPECT_EQ(convert(1'000), 0);
  EXPECT_EQ(convert(1'000 + second / 2), second / 2);
  EXPECT_EQ(convert(1'000 + second), second);
  EXPECT_NEAR(static_cast<double>(convert(1'000 + second + second / 2)),
              static_cast<double>(second + 495'000'000), 2);
  EXPECT_EQ(convert(1'000 + 2 * second), second + 990'000'000);
  EXPECT_NEAR(static_cast<double>(convert(1'000 + 3 * second)),
              static_cast<double>(second + 2 * 990'000'000), 2);
}

TEST(clock, says_what_it_is) {
  const std::string text = clock_description();
  EXPECT_TRUE(text.starts_with("tsc ") || text.starts_with("steady_clock (")) << text;
  const auto reading = read_clock();
  EXPECT_NEAR(static_cast<double>(reading.monotonic_ns), static_cast<double>(monotonic()), 1e9);
  EXPECT_NEAR(static_cast<double>(reading.realtime_ns),
              static_cast<double>(std::time(nullptr)) * 1e9, 2e9);
}

TEST(stamp_of, a_moment_is_where_the_clock_will_be_or_unknown) {
  thread_state& thread = this_thread();
  static_cast<void>(thread.stamp_of(monotonic()));  // the rate is measured from the first call on
  wait_for(50'000'000);
  int known = 0;
  for (const std::int64_t ahead :
       {0L, 1'000'000L, -1'000'000L, 100'000'000L, 10'000'000'000L, 3'600'000'000'000L}) {
    const ticks now = now_ticks();
    const stamp got = thread.stamp_of(to_monotonic(now) + ahead);
    if (got == unknown_stamp) continue;
    ++known;
    // Where the conversion of now is, plus the distance at the rate of the kernel's clock; the
    // nominal rate is good to some 10^-5.
    const ticks due = ahead >= 0 ? now + to_ticks(static_cast<std::uint64_t>(ahead))
                                 : now - to_ticks(static_cast<std::uint64_t>(-ahead));
    const std::int64_t off = since_stamp(due, got);
    EXPECT_LE(to_nanoseconds(static_cast<ticks>(std::abs(off))),
              20'000U + static_cast<std::uint64_t>(std::abs(ahead)) / 10'000U)
        << ahead;
  }
  EXPECT_GE(known, 4) << "what is near is known from the beginning";
}

TEST(stamp_of, a_moment_on_another_clock_is_unknown) {
  thread_state& thread = this_thread();
  const std::int64_t realtime = read_clock().realtime_ns;
  EXPECT_EQ(thread.stamp_of(realtime), unknown_stamp);
  // boost::posix_time counts microseconds of Julian days.
  EXPECT_EQ(thread.stamp_of((2'440'588 * 86'400LL + realtime / 1'000'000'000) * 1'000'000),
            unknown_stamp);
  EXPECT_EQ(thread.stamp_of(INT64_MAX), unknown_stamp);
  EXPECT_EQ(thread.stamp_of(INT64_MIN), unknown_stamp);
}

}  // namespace
