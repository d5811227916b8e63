// SPDX-License-Identifier: BSL-1.0
#include "messages.hpp"

#include "asioscope/model/findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace asioscope::model {
namespace {

using test::frame_at;
using test::ms;
using test::second;
using testing::IsEmpty;

constexpr std::int64_t start = 500 * second;
constexpr std::uint32_t name = 2;

// A program in which one task of this name is spawned each second.
class task_findings : public testing::Test {
 protected:
  task_findings() {
    schema::frame snapshot = test::snapshot_at(start);
    snapshot.loops = {test::named_loop(1, "main")};
    snapshot.sites = {test::named_task(name, "checkout")};
    figures.loop = 1;
    figures.site = name;
    snapshot.task_stats = {figures};
    state.fold(snapshot);
  }

  // A task that was spawned and suspended for good at the end of its first run.
  schema::task_info task(std::uint64_t id, std::int64_t spawned_ns) {
    schema::task_info result;
    result.id = id;
    result.site = name;
    result.loop = 1;
    result.state = schema::task_state::suspended;
    result.spawned_ns = spawned_ns;
    result.suspended_since_ns = spawned_ns + ms;
    result.runs = 1;
    return result;
  }

  void waits_for(schema::frame& in, std::uint64_t id, const char* operation) {
    in.places = {{1, "wait_for_godot", "shop/sick.cpp", 71}};
    in.await_chains.push_back({id, operation, {1}, {}, {}});
  }

  // Lets a second pass in which one is spawned.
  schema::frame& spawn() {
    now += second;
    frame = frame_at(now);
    const std::uint64_t id = ++figures.spawned;
    frame.tasks = {task(id, now - ms)};
    frame.task_stats = {figures};
    return frame;
  }

  std::vector<finding> fold() {
    state.fold(frame);
    return find_what_is_wrong(state);
  }

  program state{test::greeting()};
  schema::task_statistics figures;
  schema::frame frame;
  std::int64_t now = start;
};

TEST_F(task_findings, tasks_that_become_more_and_do_nothing_are_a_leak) {
  std::vector<finding> found;
  for (int i = 0; i < 15; ++i) {
    waits_for(spawn(), figures.spawned, "async_wait");
    found = fold();
    if (i < 12) {
      EXPECT_THAT(found, IsEmpty()) << "they are young";
    }
  }
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].level, severity::warning);
  EXPECT_EQ(found[0].id, "task-leak");
  EXPECT_EQ(found[0].sentence,
            "15 tasks checkout live and none has ever ended: the oldest has done nothing for "
            "14.0 s. It waits: async_wait in wait_for_godot, sick.cpp:71.");
  EXPECT_EQ(found[0].task, 1U);
}

TEST_F(task_findings, tasks_that_began_within_the_run_of_another_count_too) {
  std::vector<finding> found;
  for (int i = 0; i < 15; ++i) {
    spawn();
    frame.tasks[0].runs = 0;
    frame.tasks[0].suspended_since_ns = 0;
    found = fold();
  }
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "task-leak");
}

// The snapshot that a viewer gets which comes late.
TEST_F(task_findings, a_leak_from_before_the_viewer_came_is_one) {
  const auto found_late = [&](std::int64_t apart_ns) {
    program late(test::greeting());
    schema::frame snapshot = test::snapshot_at(start);
    snapshot.loops = {test::named_loop(1, "main")};
    snapshot.sites = {test::named_task(name, "checkout")};
    figures.spawned = 6;
    snapshot.task_stats = {figures};
    for (std::uint64_t id = 1; id <= 6; ++id)
      snapshot.tasks.push_back(task(id, start - static_cast<std::int64_t>(7 - id) * apart_ns));
    late.fold(snapshot);
    late.fold(frame_at(start + ms));
    return find_what_is_wrong(late);
  };
  const std::vector<finding> found = found_late(5 * second);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "task-leak");
  EXPECT_EQ(found[0].count, 6U);
  EXPECT_EQ(found[0].task, 1U);
  EXPECT_THAT(found_late(40 * second), IsEmpty()) << "one in a minute";
  EXPECT_THAT(found_late(1'500 * ms), IsEmpty()) << "a program that has just begun";
}

TEST_F(task_findings, connections_that_wait_for_their_peers_are_no_leak) {
  for (int i = 0; i < 30; ++i) {
    waits_for(spawn(), figures.spawned, "async_receive");
    EXPECT_THAT(fold(), IsEmpty());
  }
}

TEST_F(task_findings, tasks_that_work_now_and_then_are_no_leak) {
  for (int i = 0; i < 30; ++i) {
    spawn();
    for (std::uint64_t id = 1; id < figures.spawned; ++id) {
      schema::task_info worked = task(id, start + static_cast<std::int64_t>(id) * second - ms);
      worked.runs = 20;
      worked.suspended_since_ns = now;
      frame.tasks.push_back(worked);
    }
    EXPECT_THAT(fold(), IsEmpty());
  }
}

TEST_F(task_findings, a_few_that_were_made_at_the_start_are_no_leak) {
  for (int i = 0; i < 5; ++i) {
    spawn();
    fold();
  }
  for (int i = 0; i < 90; ++i) {
    now += second;
    frame = frame_at(now);
    frame.task_stats = {figures};
    EXPECT_THAT(fold(), IsEmpty()) << "some servants live as long as the program";
  }
}

TEST_F(task_findings, one_that_lives_far_longer_than_others_of_its_name_is_overdue) {
  std::vector<finding> found;
  for (int i = 0; i < 40; ++i) {
    spawn();
    if (i > 0) {
      // All but the first end after a tenth of a second.
      frame.tasks[0].state = schema::task_state::done;
      frame.tasks[0].ended_ns = now;
      figures.duration.record(100'000'000);
      ++figures.finished;
      frame.task_stats = {figures};
    }
    found = fold();
    if (i < 18) {
      EXPECT_THAT(found, IsEmpty()) << "too few are known";
    }
  }
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "task-overdue");
  EXPECT_EQ(found[0].task, 1U);
  EXPECT_THAT(found[0].sentence,
              testing::StartsWith("1 task checkout lives for far longer than others of that name: "
                                  "the oldest for 39.0 s, while 99 % end within 1"));
}

TEST_F(task_findings, one_that_takes_as_long_as_others_did_is_not) {
  for (int i = 0; i < 40; ++i) {
    spawn();
    figures.duration.record(30'000'000'000);
    if (i % 2 == 0) ++figures.finished;
    frame.task_stats = {figures};
    EXPECT_THAT(fold(), IsEmpty());
  }
}

}  // namespace
}  // namespace asioscope::model
