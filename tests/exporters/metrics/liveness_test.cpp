// SPDX-License-Identifier: BSL-1.0
#include "liveness.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace asioscope::metrics {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t second = 1'000'000'000;

/// At 1000 s: loop 1 "a" and loop 2 "b" made progress that many seconds ago; -1: never.
schema::snapshot loops(std::int64_t a, std::int64_t b) {
  schema::snapshot result;
  result.time.monotonic_ns = 1000 * second;
  result.loops = {{.id = 1, .name = "a"}, {.id = 2, .name = "b"}};
  for (const auto& [id, quiet] : {std::pair{1U, a}, std::pair{2U, b}}) {
    schema::loop_statistics& added = result.loop_stats.emplace_back();
    added.loop = id;
    added.last_progress_ns = quiet < 0 ? 0 : (1000 - quiet) * second;
  }
  return result;
}

TEST(liveness_test, a_run_beyond_the_limit_is_a_stuck_loop) {
  const std::vector<thread_now> threads{{1, 31s}, {2, 29s}};
  EXPECT_THAT(find_stuck(loops(31, 29), threads, 30s), ElementsAre(stuck_loop{"a", 31s}));
  EXPECT_THAT(find_stuck(loops(31, 29), threads, 32s), IsEmpty());
}

TEST(liveness_test, the_first_run_of_a_loop_may_be_the_one) {
  EXPECT_THAT(find_stuck(loops(-1, -1), std::vector<thread_now>{{1, 30s}}, 30s),
              ElementsAre(stuck_loop{"a", 30s}));
}

TEST(liveness_test, a_loop_that_nobody_runs_is_not_stuck) {
  schema::snapshot now = loops(500, 500);
  now.loop_stats[0].pending = 1000;
  EXPECT_THAT(find_stuck(now, {}, 30s), IsEmpty());
  EXPECT_THAT(find_stuck(now, std::vector<thread_now>{{1, {}}, {2, {}}}, 30s), IsEmpty());
}

TEST(liveness_test, of_several_threads_all_must_be_stuck) {
  EXPECT_THAT(find_stuck(loops(500, 0), std::vector<thread_now>{{1, 400s}, {1, 1s}}, 30s),
              IsEmpty());
  EXPECT_THAT(find_stuck(loops(500, 0), std::vector<thread_now>{{1, 400s}, {1, {}}}, 30s),
              IsEmpty());
  EXPECT_THAT(find_stuck(loops(500, 0), std::vector<thread_now>{{1, 400s}, {1, 40s}}, 30s),
              ElementsAre(stuck_loop{"a", 40s}));
}

TEST(liveness_test, progress_by_threads_that_are_not_known_counts) {
  EXPECT_THAT(find_stuck(loops(0, 29), std::vector<thread_now>{{1, 400s}, {2, 400s}}, 30s),
              IsEmpty());
}

TEST(liveness_test, a_loop_that_is_gone_is_nobodys_concern) {
  schema::snapshot now = loops(500, 500);
  now.loops[0].gone = true;
  EXPECT_THAT(find_stuck(now, std::vector<thread_now>{{1, 400s}, {7, 400s}}, 30s), IsEmpty());
}

TEST(second_look_test, believes_what_it_sees_again) {
  const stuck_loop a{"a", 31s, 7};
  second_look look;
  EXPECT_THAT(look.confirm({a}, 0s), IsEmpty());
  EXPECT_THAT(look.confirm({a}, second_look::least_apart - 1ns), IsEmpty()) << "too soon";
  EXPECT_THAT(look.confirm({a}, second_look::least_apart), ElementsAre(a));
  EXPECT_THAT(look.confirm({a}, 10s), ElementsAre(a));
  EXPECT_THAT(look.confirm({}, 11s), IsEmpty());
  EXPECT_THAT(look.confirm({a}, 12s), IsEmpty()) << "it was not stuck meanwhile";
}

TEST(second_look_test, another_run_is_another_matter) {
  second_look look;
  EXPECT_THAT(look.confirm({{"a", 31s, 7}, {"b", 31s, 8}}, 0s), IsEmpty());
  EXPECT_THAT(look.confirm({{"a", 31s, 9}, {"b", 41s, 8}}, 10s),
              ElementsAre(stuck_loop{"b", 41s, 8}));
  EXPECT_THAT(look.confirm({{"b", 61s, 7}, {"a", 61s, 9}}, 30s),
              ElementsAre(stuck_loop{"a", 61s, 9}))
      << "the loops' runs are told apart";
}

TEST(liveness_test, loops_run_when_one_of_them_has_begun) {
  schema::snapshot now = loops(-1, -1);
  EXPECT_FALSE(has_running_loop({}));
  EXPECT_FALSE(has_running_loop(now));
  now.loop_stats[1].threads = 1;
  EXPECT_TRUE(has_running_loop(now));
  now.loops[1].gone = true;
  EXPECT_FALSE(has_running_loop(now));
  EXPECT_TRUE(has_running_loop(loops(-1, 500)));
}

}  // namespace
}  // namespace asioscope::metrics
