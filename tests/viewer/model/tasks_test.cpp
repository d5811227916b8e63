// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/tasks.hpp"

#include "messages.hpp"

#include "asioscope/model/limits.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace asioscope::model {
namespace {

using schema::task_state;
using test::ended_task;
using test::live_task;

constexpr std::uint64_t slow_ns = 2'000'000;

std::vector<std::uint64_t> ended_ids(const task_table& table) {
  std::vector<std::uint64_t> result;
  table.for_each_ended([&](const schema::task_info& info) { result.push_back(info.id); });
  return result;
}

TEST(task_table, a_task_lives_and_ends) {
  task_table table{slow_ns};
  table.fold(live_task(7));
  ASSERT_NE(table.find(7), nullptr);
  EXPECT_EQ(table.live(), 1U);
  table.fold(ended_task(7, 50, task_state::failed));
  EXPECT_EQ(table.live(), 0U);
  EXPECT_EQ(table.ended(), 1U);
  ASSERT_NE(table.find(7), nullptr);
  EXPECT_EQ(table.find(7)->state, task_state::failed);
  EXPECT_EQ(table.find(8), nullptr);
}

TEST(task_table, a_task_that_ended_unseen_is_known_only_by_its_end) {
  task_table table{slow_ns};
  table.fold(ended_task(7, 50));
  EXPECT_EQ(ended_ids(table), (std::vector<std::uint64_t>{7}));
}

TEST(task_table, the_dead_do_not_rise) {
  task_table table{slow_ns};
  table.fold(ended_task(7, 50));
  table.fold(live_task(7));
  EXPECT_EQ(table.live(), 0U);
  EXPECT_EQ(table.ended(), 1U);
}

TEST(task_table, a_task_that_vanished_lives_no_more_and_may_still_be_said_to_have_ended) {
  task_table table{slow_ns};
  table.fold(live_task(7));
  table.fold(live_task(8));
  table.vanish(7);
  table.vanish(9);
  EXPECT_EQ(table.live(), 1U);
  EXPECT_EQ(table.ended(), 0U);
  EXPECT_EQ(table.find(7), nullptr);
  table.fold(ended_task(7, 50));
  EXPECT_EQ(ended_ids(table), (std::vector<std::uint64_t>{7}));
}

TEST(task_table, an_end_said_twice_is_one_end) {
  task_table table{slow_ns};
  table.fold(ended_task(7, 50));
  table.fold(ended_task(7, 60, task_state::cancelled));
  EXPECT_EQ(table.ended(), 1U);
  EXPECT_EQ(table.find(7)->ended_ns, 60);
}

TEST(task_table, keeps_those_that_ended_last_whatever_the_order_of_arrival) {
  task_table table{slow_ns};
  const std::uint64_t kept = limits::ended_tasks;
  for (std::uint64_t id = 3 * kept; id > 0; --id) {
    table.fold(ended_task(id, static_cast<std::int64_t>(id)));
  }
  EXPECT_EQ(table.ended(), kept);
  EXPECT_EQ(ended_ids(table).front(), 2 * kept + 1);
  EXPECT_EQ(ended_ids(table).back(), 3 * kept);
  EXPECT_EQ(table.find(kept), nullptr);
  EXPECT_NE(table.find(3 * kept), nullptr);
}

TEST(task_table, those_that_failed_or_were_slow_stay_longer) {
  task_table table{slow_ns};
  table.fold(ended_task(1, 1, task_state::failed));
  schema::task_info slow = ended_task(2, 2);
  slow.longest_ns = slow_ns + 1;
  table.fold(slow);
  const std::uint64_t kept = limits::ended_tasks;
  for (std::uint64_t id = 3; id < 3 * kept; ++id)
    table.fold(ended_task(id, static_cast<std::int64_t>(id)));
  EXPECT_EQ(table.ended(), kept);
  EXPECT_EQ(ended_ids(table)[0], 1U);
  EXPECT_EQ(ended_ids(table)[1], 2U);
  EXPECT_EQ(ended_ids(table)[2], 2 * kept + 2);
  for (std::uint64_t id = 3 * kept; id < 6 * kept; ++id)
    table.fold(ended_task(id, static_cast<std::int64_t>(id), task_state::failed));
  EXPECT_EQ(table.ended(), kept);
  EXPECT_EQ(table.find(1), nullptr) << "not for ever";
}

TEST(task_table, a_snapshot_removes_live_tasks_that_it_does_not_mention) {
  task_table table{slow_ns};
  table.begin_snapshot();
  table.fold(live_task(1));
  table.fold(live_task(2));
  table.end_snapshot();
  table.fold(live_task(3));
  EXPECT_EQ(table.live(), 3U);

  table.begin_snapshot();
  table.fold(live_task(2));
  EXPECT_EQ(table.live(), 3U);  // nothing goes before the end of the snapshot
  table.fold(live_task(4));
  table.end_snapshot();
  EXPECT_EQ(table.live(), 2U);
  EXPECT_EQ(table.find(1), nullptr);
  EXPECT_NE(table.find(2), nullptr);
  EXPECT_NE(table.find(4), nullptr);
}

TEST(task_table, there_is_an_end_to_the_live_ones_too) {
  task_table table{slow_ns};
  for (std::uint64_t id = 1; id <= limits::live_tasks + 5; ++id)
    table.fold(live_task(id));
  EXPECT_EQ(table.live(), limits::live_tasks);
  EXPECT_EQ(table.refused(), 5U);
  table.fold(live_task(1, 99));  // one that is known is still updated
  EXPECT_EQ(table.find(1)->spawned_ns, 99);
  EXPECT_EQ(table.refused(), 5U);
}

TEST(task_table, finds_by_the_low_half_of_an_id_the_one_that_lived_then) {
  task_table table(1'000'000);
  const std::uint64_t low = 77;
  const std::uint64_t later = low + (std::uint64_t{1} << 32);
  const std::uint64_t latest = low + (std::uint64_t{2} << 32);
  schema::task_info first = test::ended_task(low, 3 * test::second);
  first.spawned_ns = test::second;
  table.fold(first);
  schema::task_info second = test::ended_task(later, 6 * test::second);
  second.spawned_ns = 5 * test::second;
  table.fold(second);
  table.fold(test::live_task(latest, 8 * test::second));
  const auto found = [&](std::int64_t moment) {
    const schema::task_info* task = table.find_by_low_half(77, moment);
    return task == nullptr ? 0 : task->id;
  };
  EXPECT_EQ(found(2 * test::second), low);
  EXPECT_EQ(found(4 * test::second), 0U);
  EXPECT_EQ(found(5 * test::second), later);
  EXPECT_EQ(found(7 * test::second), 0U);
  EXPECT_EQ(found(80 * test::second), latest);
  EXPECT_EQ(table.find_by_low_half(78, 2 * test::second), nullptr);
}

}  // namespace
}  // namespace asioscope::model
