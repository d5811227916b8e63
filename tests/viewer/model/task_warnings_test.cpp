// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/task_warnings.hpp"

#include "messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::model {
namespace {

using test::ms;
using test::second;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t now = 1'000 * second;

// Nothing is wrong with it.
schema::task_info healthy() {
  schema::task_info task = test::live_task(7, now - 5 * second);
  task.state = schema::task_state::suspended;
  task.loop = 1;
  task.site = 2;
  task.runs = 50;
  task.busy_ns = 20 * static_cast<std::uint64_t>(ms);
  task.scheduled_ns = 900 * static_cast<std::uint64_t>(ms);
  task.longest_ns = 1'900'000;
  task.suspended_since_ns = now - ms;
  return task;
}

class task_warnings : public testing::Test {
 protected:
  task_warnings() {
    snapshot = test::snapshot_at(now);
    snapshot.loops = {test::named_loop(1, "main")};
    snapshot.sites = {test::named_task(2, "checkout")};
  }

  std::vector<std::string> of(const schema::task_info& task) {
    program state{test::greeting()};
    snapshot.tasks.push_back(task);
    state.fold(snapshot);
    snapshot.tasks.pop_back();
    const task_judge judge(state);
    const std::vector<task_warning> all = judge.warnings(state, task);
    const warning_count count = judge.count(state, task);
    EXPECT_EQ(count.count, all.size());
    std::vector<std::string> ids;
    for (const task_warning& each : all) {
      EXPECT_FALSE(each.sentence.empty());
      EXPECT_EQ(each.sentence.back(), '.');
      ids.push_back(each.id);
      if (&each != &all.front()) {
        EXPECT_GE(all.front().level, each.level);
      }
    }
    EXPECT_EQ(count.worst, all.empty() ? severity::notice : all.front().level);
    return ids;
  }

  schema::frame snapshot;
};

TEST_F(task_warnings, a_healthy_task_has_none) { EXPECT_THAT(of(healthy()), IsEmpty()); }

TEST_F(task_warnings, a_run_longer_than_the_stall_threshold_is_said_while_it_goes_on) {
  schema::task_info task = healthy();
  task.state = schema::task_state::running;
  task.suspended_since_ns = 0;
  task.run_since_ns = now - 20 * ms;
  EXPECT_THAT(of(task), IsEmpty());
  task.run_since_ns = now - 30 * ms;
  EXPECT_THAT(of(task), ElementsAre("task-blocks"));
}

TEST_F(task_warnings, a_slow_run_is_said_and_louder_when_it_was_a_stall) {
  schema::task_info task = healthy();
  task.longest_ns = 2'000'001;
  EXPECT_THAT(of(task), ElementsAre("task-slow"));
  program state{test::greeting()};
  state.fold(snapshot);
  const task_judge judge(state);
  EXPECT_EQ(judge.count(state, task).worst, severity::notice);
  task.longest_ns = 26'000'000;
  EXPECT_EQ(judge.count(state, task).worst, severity::warning);
  EXPECT_EQ(judge.warnings(state, task)[0].sentence,
            "Its longest run took 26.0 ms, over the stall threshold of 25 ms.");
}

TEST_F(task_warnings, a_bad_end_is_said) {
  schema::task_info task = healthy();
  task.ended_ns = now - second;
  for (const auto& [state, id] :
       {std::pair(schema::task_state::done, ""), std::pair(schema::task_state::cancelled, ""),
        std::pair(schema::task_state::failed, "task-failed"),
        std::pair(schema::task_state::abandoned, "task-abandoned")}) {
    task.state = state;
    std::vector<std::string> expected;
    if (*id != '\0') expected.emplace_back(id);
    EXPECT_EQ(of(task), expected);
  }
}

TEST_F(task_warnings, a_long_wait_in_line_is_said) {
  schema::resource_info pool;
  pool.id = 3;
  pool.kind = "semaphore";
  pool.name = "uploads";
  pool.waiting = 1;
  pool.waiters = {{7, now - 400 * ms}};
  snapshot.resources = {pool};
  EXPECT_THAT(of(healthy()), IsEmpty());
  snapshot.resources[0].waiters[0].since_ns = now - 600 * ms;
  EXPECT_THAT(of(healthy()), ElementsAre("task-in-line"));
}

TEST_F(task_warnings, a_life_far_longer_than_others_is_said) {
  schema::task_statistics figures;
  figures.loop = 1;
  figures.site = 2;
  for (int i = 0; i < 30; ++i)
    figures.duration.record(100 * static_cast<std::uint64_t>(ms));
  figures.finished = 30;
  figures.spawned = 31;
  snapshot.task_stats = {figures};
  schema::task_info task = healthy();
  task.spawned_ns = now - 11 * second;
  EXPECT_THAT(of(task), ElementsAre("task-overdue"));
  task.spawned_ns = now - 9 * second;
  EXPECT_THAT(of(task), IsEmpty()) << "young";
  task.spawned_ns = now - 11 * second;
  task.state = schema::task_state::done;
  task.ended_ns = now;
  EXPECT_THAT(of(task), IsEmpty()) << "it has ended";
}

TEST_F(task_warnings, a_task_that_is_kept_from_running_is_said) {
  schema::task_info task = healthy();
  task.scheduled_ns = 3 * static_cast<std::uint64_t>(second);
  EXPECT_THAT(of(task), ElementsAre("task-starved"));
  task.spawned_ns = now - 7 * second;
  EXPECT_THAT(of(task), IsEmpty()) << "less than half of its life";
}

TEST_F(task_warnings, those_of_a_name_that_leaks_are_said_but_not_the_one_that_works) {
  program state{test::greeting()};
  schema::task_statistics figures;
  figures.loop = 1;
  figures.site = 2;
  snapshot.task_stats = {figures};
  state.fold(snapshot);
  schema::task_info task = healthy();
  task.longest_ns = 1'000;
  task.scheduled_ns = 0;
  task.runs = 1;
  for (std::int64_t passed = 1; passed <= 40; ++passed) {
    schema::frame frame = test::frame_at(now + passed * second);
    figures.spawned += 1;
    frame.task_stats = {figures};
    task.id = 100 + static_cast<std::uint64_t>(passed);
    task.spawned_ns = now + passed * second;
    task.suspended_since_ns = task.spawned_ns + ms;
    frame.tasks = {task};
    state.fold(frame);
  }
  const task_judge judge(state);
  const auto ids = [&](std::uint64_t id) {
    std::vector<std::string> result;
    for (const task_warning& each : judge.warnings(state, *state.tasks().find(id)))
      result.push_back(each.id);
    return result;
  };
  EXPECT_THAT(ids(101), ElementsAre("task-leak"));
  EXPECT_THAT(ids(139), IsEmpty()) << "young";
  schema::task_info working = *state.tasks().find(101);
  working.suspended_since_ns = now + 39 * second;
  EXPECT_EQ(judge.count(state, working).count, 0);
}

}  // namespace
}  // namespace asioscope::model
