// SPDX-License-Identifier: BSL-1.0
#include "views/task_groups.hpp"

#include "messages.hpp"
#include "views/task_names.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace asioscope::viewer {
namespace {

using test::ms;
using test::second;

constexpr std::int64_t now = 100 * second;

schema::task_info task(std::uint64_t id, schema::task_state state, std::uint64_t busy_ms) {
  schema::task_info result = test::live_task(id, now - 10 * second);
  result.loop = 1;
  result.site = 2;
  result.state = state;
  result.busy_ns = busy_ms * static_cast<std::uint64_t>(ms);
  return result;
}

task_groups groups_of(const model::program& program, std::size_t* steps = nullptr) {
  task_groups_search search;
  search.begin();
  while (!search.step(program)) {
  }
  EXPECT_FALSE(search.is_going_on());
  if (steps != nullptr) *steps = search.steps();
  return search.take();
}

TEST(task_groups, add_up_what_single_tasks_did) {
  model::program program{test::greeting()};
  schema::frame frame = test::snapshot_at(now);
  frame.sites = {test::named_task(2, "checkout")};
  frame.tasks = {task(1, schema::task_state::running, 10), task(2, schema::task_state::ready, 0),
                 task(3, schema::task_state::suspended, 20),
                 task(4, schema::task_state::suspended, 40), task(5, schema::task_state::done, 80)};
  frame.tasks[0].run_since_ns = now - 5 * ms;
  frame.tasks[4].ended_ns = now - second;
  frame.task_stats = {test::tasks_of(1, 2)};
  frame.task_stats[0].spawned = 5;
  frame.task_stats[0].finished = 1;
  program.fold(frame);
  const task_groups groups = groups_of(program);
  ASSERT_EQ(groups.size(), 1U);
  const task_group& group = groups.at({1, 2});
  EXPECT_EQ(group.running, 1U);
  EXPECT_EQ(group.ready, 1U);
  EXPECT_EQ(group.suspended, 2U);
  EXPECT_EQ(group.age.count(), 4U) << "of those that live";
  EXPECT_EQ(group.age.sum_ns, 40U * static_cast<std::uint64_t>(second));
  EXPECT_EQ(group.busy.count(), 5U) << "of those that ended lately too";
  EXPECT_EQ(group.busy.sum_ns, 155U * static_cast<std::uint64_t>(ms)) << "with the run going on";
  const std::vector<task_name_row> rows = task_name_rows(program, groups);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].live, 4U);
  EXPECT_EQ(rows[0].running, 1U);
  EXPECT_EQ(rows[0].waiting, 2U);
  EXPECT_NEAR(rows[0].age_p99, 10, 2);
  EXPECT_NEAR(rows[0].busy_p50, 0.02, 0.004);
  EXPECT_NEAR(rows[0].busy_p99, 0.08, 0.016);
}

TEST(task_groups, of_very_many_take_portions) {
  model::program program{test::greeting()};
  schema::frame frame = test::snapshot_at(now);
  constexpr std::uint64_t count = 300'000;
  for (std::uint64_t id = 1; id <= count; ++id) {
    frame.tasks.push_back(task(id, schema::task_state::suspended, 1));
    frame.tasks.back().site = static_cast<std::uint32_t>(1 + id % 7);
  }
  program.fold(frame);
  std::size_t steps = 0;
  std::uint64_t sum = 0;
  for (const auto& [key, group] : groups_of(program, &steps))
    sum += group.suspended;
  EXPECT_EQ(sum, count);
  EXPECT_GT(steps, 2U);
}

}  // namespace
}  // namespace asioscope::viewer
