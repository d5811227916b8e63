// SPDX-License-Identifier: BSL-1.0
#include "views/task_search.hpp"

#include "messages.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

namespace asioscope::viewer {
namespace {

// `count` tasks that live, of three names; the later the more runs.
model::program program_of(std::uint64_t count) {
  model::program result(test::greeting());
  schema::frame frame = test::snapshot_at(100 * test::second);
  frame.sites = {test::named_task(1, "GET /"), test::named_task(2, "POST /orders"),
                 test::named_task(3, "restock")};
  for (std::uint64_t id = 1; id <= count; ++id) {
    schema::task_info task = test::live_task(id, test::second);
    task.site = static_cast<std::uint32_t>(1 + id % 3);
    task.runs = id * 7 % count;
    frame.tasks.push_back(task);
  }
  frame.tasks.push_back(test::ended_task(count + 1, 2 * test::second));
  result.fold(frame);
  return result;
}

task_question most_runs_first() {
  task_question question;
  question.comes_first = [](const task_row& left, const task_row& right) {
    return std::tie(left.runs, left.id) > std::tie(right.runs, right.id);
  };
  return question;
}

TEST(task_search, is_over_at_once_when_there_are_few) {
  const model::program program = program_of(500);
  task_search search;
  search.begin(most_runs_first());
  EXPECT_TRUE(search.is_going_on());
  EXPECT_TRUE(search.step(program));
  EXPECT_FALSE(search.is_going_on());
  EXPECT_EQ(search.matches(), 501U);
  const std::vector<task_row> rows = search.take();
  ASSERT_EQ(rows.size(), 501U);
  for (std::size_t index = 1; index < rows.size(); ++index)
    EXPECT_LE(rows[index].runs, rows[index - 1].runs);
}

TEST(task_search, finds_the_first_of_many_in_portions) {
  constexpr std::uint64_t count = 3 * task_search::portion + 321;
  const model::program program = program_of(count);
  task_search search;
  search.begin(most_runs_first());
  std::size_t steps = 1;
  while (!search.step(program))
    ++steps;
  EXPECT_GE(steps, 4U);
  EXPECT_EQ(search.steps(), steps);
  EXPECT_EQ(search.matches(), count + 1);
  const std::vector<task_row> rows = search.take();
  ASSERT_EQ(rows.size(), task_search::most_rows);
  std::multiset<std::uint64_t> runs;
  for (std::uint64_t id = 1; id <= count; ++id)
    runs.insert(id * 7 % count);
  auto expected = runs.rbegin();
  for (const task_row& row : rows)
    ASSERT_EQ(row.runs, *expected++);
}

TEST(task_search, leaves_out_what_was_not_asked_for) {
  const model::program program = program_of(300);
  task_search search;
  task_question question = most_runs_first();
  question.filter = text_filter("orders");
  search.begin(question);
  EXPECT_TRUE(search.step(program));
  EXPECT_EQ(search.take().size(), 100U);
  question = most_runs_first();
  question.live = false;
  search.begin(question);
  EXPECT_TRUE(search.step(program));
  EXPECT_EQ(search.take().size(), 1U);
  question.live = true;
  question.ended = false;
  search.begin(question);
  EXPECT_TRUE(search.step(program));
  EXPECT_EQ(search.take().size(), 300U);
}

TEST(task_search, tasks_that_come_and_go_in_between_do_no_harm) {
  constexpr std::uint64_t count = 3 * task_search::portion;
  model::program program = program_of(count);
  task_search search;
  search.begin(most_runs_first());
  std::uint64_t next = count + 10;
  for (int step = 0; step < 1'000; ++step) {
    if (search.step(program)) break;
    schema::frame frame = test::frame_at(200 * test::second);
    for (int more = 0; more < 5'000; ++more)
      frame.tasks.push_back(test::live_task(next++));
    frame.vanished_tasks = {next - 5, static_cast<std::uint64_t>(step) + 1};
    program.fold(frame);
  }
  EXPECT_FALSE(search.is_going_on());
  EXPECT_EQ(search.take().size(), task_search::most_rows);
}

}  // namespace
}  // namespace asioscope::viewer
