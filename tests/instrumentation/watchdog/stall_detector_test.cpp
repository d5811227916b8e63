// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/stall_detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace asioscope::watchdog;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t threshold = 25;

observed_run run_of(std::uint32_t thread, std::uint64_t sequence, std::uint64_t begin,
                    std::uint32_t loop = 1) {
  return {thread, sequence, begin, loop, 7, 0};
}

class stall_detector_test : public testing::Test {
 protected:
  stall_detector::findings look(std::uint64_t now, std::vector<observed_run> running,
                                std::vector<ended_run> ended = {}) {
    slow = std::move(ended);
    return detector.look(now, threshold, running, slow, still);
  }

  stall_detector detector;
  standstill still;
  std::vector<ended_run> slow;  // what the last look left over
};

TEST_F(stall_detector_test, says_nothing_about_short_runs) {
  for (std::uint64_t now = 0; now < 1000; now += 5) {
    const auto found = look(now, {run_of(1, now, now > 20 ? now - 20 : 0)});
    EXPECT_THAT(found.begun, IsEmpty()) << now;
    EXPECT_THAT(found.ended, IsEmpty()) << now;
  }
  EXPECT_FALSE(detector.any_ongoing());
}

TEST_F(stall_detector_test, reports_a_long_run_once_while_it_lasts) {
  const auto run = run_of(1, 10, 100);
  EXPECT_THAT(look(124, {run}).begun, IsEmpty());
  const auto found = look(125, {run});
  ASSERT_THAT(found.begun, SizeIs(1));
  EXPECT_EQ(found.begun[0].run, run);
  EXPECT_EQ(found.begun[0].duration, 25U);
  EXPECT_TRUE(found.begun[0].ongoing);
  for (std::uint64_t now = 130; now < 5000; now += 5)
    EXPECT_THAT(look(now, {run}).begun, IsEmpty());
  EXPECT_TRUE(detector.any_ongoing());
}

TEST_F(stall_detector_test,
       takes_the_exact_duration_from_the_thread_and_keeps_it_from_slow_reports) {
  const auto run = run_of(1, 10, 100);
  static_cast<void>(look(130, {run}));
  const auto found = look(160, {}, {{run_of(1, 0, 100), 57}, {run_of(2, 0, 100), 3}});
  ASSERT_THAT(found.ended, SizeIs(1));
  EXPECT_EQ(found.ended[0].run, run);
  EXPECT_EQ(found.ended[0].duration, 57U);
  EXPECT_FALSE(found.ended[0].ongoing);
  ASSERT_THAT(slow, SizeIs(1));  // the merely slow run of the other thread
  EXPECT_EQ(slow[0].run.thread, 2U);
}

TEST_F(stall_detector_test, waits_one_look_for_the_duration_and_then_tells_what_was_seen) {
  const auto run = run_of(1, 10, 100);
  static_cast<void>(look(130, {run}));
  static_cast<void>(look(150, {run}));
  EXPECT_THAT(look(155, {}).ended, IsEmpty());
  const auto found = look(160, {});
  ASSERT_THAT(found.ended, SizeIs(1));
  EXPECT_EQ(found.ended[0].duration, 50U);
  EXPECT_FALSE(detector.any_ongoing());
}

TEST_F(stall_detector_test, accepts_the_duration_one_look_late) {
  const auto run = run_of(1, 10, 100);
  static_cast<void>(look(130, {run}));
  static_cast<void>(look(155, {}));
  const auto found = look(160, {}, {{run_of(1, 0, 100), 52}});
  ASSERT_THAT(found.ended, SizeIs(1));
  EXPECT_EQ(found.ended[0].duration, 52U);
  EXPECT_THAT(slow, IsEmpty());
}

TEST_F(stall_detector_test, reports_a_run_that_was_over_before_it_was_looked_at) {
  const auto found = look(200, {}, {{run_of(1, 0, 100), 25}, {run_of(1, 0, 140), 24}});
  ASSERT_THAT(found.begun, SizeIs(1));
  EXPECT_EQ(found.begun[0].duration, 25U);
  EXPECT_FALSE(found.begun[0].ongoing);
  EXPECT_THAT(slow, SizeIs(1));
  EXPECT_FALSE(detector.any_ongoing());
}

TEST_F(stall_detector_test, does_not_begin_a_stall_that_has_just_told_its_end) {
  const auto run = run_of(1, 10, 100);
  const auto found = look(130, {run}, {{run_of(1, 0, 100), 29}});
  ASSERT_THAT(found.begun, SizeIs(1));
  EXPECT_FALSE(found.begun[0].ongoing);
  EXPECT_FALSE(detector.any_ongoing());
}

TEST_F(stall_detector_test, tells_two_stalls_in_a_row_apart) {
  static_cast<void>(look(130, {run_of(1, 10, 100)}));
  const auto found = look(200, {run_of(1, 11, 150)});
  ASSERT_THAT(found.ended, SizeIs(1));
  EXPECT_EQ(found.ended[0].run.sequence, 10U);
  ASSERT_THAT(found.begun, SizeIs(1));
  EXPECT_EQ(found.begun[0].run.sequence, 11U);
}

TEST_F(stall_detector_test, watches_each_thread_for_itself) {
  const auto found = look(130, {run_of(1, 1, 100), run_of(2, 1, 90), run_of(3, 1, 120)});
  EXPECT_THAT(found.begun, SizeIs(2));
  EXPECT_THAT(look(140, {run_of(1, 1, 100), run_of(2, 1, 90), run_of(3, 1, 120)}).begun, IsEmpty());
  EXPECT_THAT(look(145, {run_of(1, 1, 100), run_of(2, 1, 90), run_of(3, 1, 120)}).begun, SizeIs(1));
}

TEST_F(stall_detector_test, time_in_stalls_never_decreases_and_ends_exact) {
  std::uint64_t before = 0;
  const auto check = [&] {
    const auto times = detector.times();
    const auto at = times.find(1);
    const auto now = at == times.end() ? 0 : at->second.ended + at->second.ongoing;
    EXPECT_GE(now, before);
    before = now;
  };
  for (std::uint64_t now = 100; now < 200; now += 5) {
    static_cast<void>(look(now, {run_of(1, 10, 100), run_of(2, 4, 150)}));
    check();
  }
  static_cast<void>(look(205, {run_of(2, 4, 150)}));
  check();
  static_cast<void>(look(210, {}, {{run_of(1, 0, 100), 103}, {run_of(2, 0, 150), 58}}));
  check();
  const auto times = detector.times();
  EXPECT_EQ(times.at(1).ended, 103U + 58U);
  EXPECT_EQ(times.at(1).ongoing, 0U);
}

TEST_F(stall_detector_test, keeps_the_loops_apart) {
  static_cast<void>(look(130, {run_of(1, 1, 100, 1), run_of(2, 1, 95, 2)}));
  const auto times = detector.times();
  EXPECT_EQ(times.at(1).ongoing, 30U);
  EXPECT_EQ(times.at(2).ongoing, 35U);
}

TEST_F(stall_detector_test, asks_for_ten_samples_at_growing_distances) {
  const auto run = run_of(1, 10, 100);
  std::vector<std::uint64_t> ages;
  for (std::uint64_t age = 0; age < 100'000; ++age) {
    const auto found = look(100 + age, {run});
    EXPECT_LE(found.begun.size() + found.again.size(), 1U);
    for (const auto& each : found.again) {
      EXPECT_EQ(each.run, run);
      EXPECT_EQ(each.duration, age);
      EXPECT_TRUE(each.ongoing);
    }
    if (!found.begun.empty() || !found.again.empty()) ages.push_back(age);
  }
  EXPECT_THAT(ages, ElementsAre(25, 50, 100, 200, 400, 800, 1'600, 3'200, 6'400, 12'800));
}

TEST_F(stall_detector_test, asks_for_samples_at_growing_distances_of_a_stall_that_was_seen_late) {
  const auto run = run_of(1, 10, 100);
  EXPECT_THAT(look(1'100, {run}).begun, SizeIs(1));
  EXPECT_THAT(look(2'099, {run}).again, IsEmpty());
  EXPECT_THAT(look(2'100, {run}).again, SizeIs(1));
  EXPECT_THAT(look(4'099, {run}).again, IsEmpty());
}

TEST_F(stall_detector_test, asks_for_no_sample_of_a_stall_that_is_over) {
  static_cast<void>(look(130, {run_of(1, 10, 100)}));
  EXPECT_THAT(look(200, {}).again, IsEmpty());
  EXPECT_THAT(look(300, {run_of(1, 11, 290)}).again, IsEmpty());
}

TEST_F(stall_detector_test, starts_no_stall_in_time_for_which_the_process_stood_still) {
  const auto run = run_of(1, 10, 100);
  EXPECT_THAT(look(115, {run}).begun, IsEmpty());
  still.awake(115, 0);
  still.late(1'115, 125, 0, 5);
  EXPECT_THAT(look(1'115, {run}).begun, IsEmpty());
  EXPECT_THAT(look(1'124, {run}).begun, IsEmpty());
  const auto found = look(1'125, {run});  // has worked for as long as any other stall
  ASSERT_THAT(found.begun, SizeIs(1));
  EXPECT_EQ(found.begun[0].duration, 25U);
  EXPECT_EQ(look(1'140, {}, {{run, 37}}).ended.at(0).duration, 37U);
}

TEST_F(stall_detector_test, does_not_add_time_for_which_the_process_stood_still_to_a_stall) {
  const auto run = run_of(1, 10, 100);
  static_cast<void>(look(130, {run}));
  still.awake(130, 0);
  still.late(1'130, 135, 0, 5);
  EXPECT_THAT(look(1'130, {run}).again, IsEmpty());
  EXPECT_EQ(detector.times().at(1).ongoing, 30U);
  static_cast<void>(look(1'135, {}));
  EXPECT_EQ(look(1'140, {}).ended.at(0).duration, 30U);
}

TEST_F(stall_detector_test, gives_a_program_grace_when_it_starts) {
  detector.set_grace(500);
  const auto run = run_of(1, 10, 100);
  for (std::uint64_t now = 100; now < 525; ++now)
    EXPECT_THAT(look(now, {run}).begun, IsEmpty()) << now;
  const auto found = look(525, {run});
  ASSERT_THAT(found.begun, SizeIs(1));
  EXPECT_EQ(found.begun[0].duration, 425U);  // as long as it has lasted in truth
  EXPECT_THAT(look(530, {run}).again, IsEmpty());
  EXPECT_THAT(look(530, {run, run_of(2, 1, 505)}).begun, SizeIs(1));
}

TEST_F(stall_detector_test, leaves_runs_that_ended_in_the_grace_to_the_slow_ones) {
  detector.set_grace(500);
  EXPECT_THAT(look(600, {}, {{run_of(1, 0, 100), 300}, {run_of(2, 0, 100), 424}}).begun, IsEmpty());
  EXPECT_THAT(slow, SizeIs(2));
  EXPECT_THAT(look(700, {}, {{run_of(1, 0, 100), 425}}).begun, SizeIs(1));
  EXPECT_THAT(slow, IsEmpty());
}

TEST(next_look, is_when_the_oldest_run_would_become_a_stall) {
  EXPECT_EQ(stall_detector::next_look(100, threshold, {}), 125U);
  const std::vector<observed_run> young{run_of(1, 1, 90), run_of(2, 1, 98)};
  EXPECT_EQ(stall_detector::next_look(100, threshold, young), 115U);
  const std::vector<observed_run> reported{run_of(1, 1, 10)};
  EXPECT_EQ(stall_detector::next_look(100, threshold, reported), 125U);
}

TEST(next_look, leaves_no_run_unseen_for_longer_than_the_threshold) {
  // Whatever moment a run begins at, a watchdog that follows the advice sees it at most one tick
  // late.
  for (std::uint64_t begin = 0; begin < 200; ++begin) {
    stall_detector detector;
    std::uint64_t now = 3;
    for (;;) {
      std::vector<observed_run> running;
      if (begin <= now) running.push_back(run_of(1, 1, begin));
      std::vector<ended_run> slow;
      if (!detector.look(now, threshold, running, slow).begun.empty()) break;
      now = stall_detector::next_look(now, threshold, running);
    }
    EXPECT_LE(now, std::max<std::uint64_t>(begin + threshold, 3 + threshold)) << begin;
  }
}

}  // namespace
