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
  const auto count = [&](const char* typed) {
    question.filter = text_filter(typed, task_fields);
    search.begin(question);
    EXPECT_TRUE(search.step(program));
    return search.take().size();
  };
  EXPECT_EQ(count("orders"), 100U);
  EXPECT_EQ(count("name:orders"), 100U);
  EXPECT_EQ(count("state:orders"), 0U);
  EXPECT_EQ(count("name:/^(get|post) / state:done"), 1U);
  EXPECT_EQ(count("state:/^done$/"), 1U);
  EXPECT_EQ(count("id:/^29.$/"), 10U);
  EXPECT_EQ(count("-name:/^(get|post) /"), 100U);
  EXPECT_EQ(count("parent:7"), 0U);
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

TEST(task_search, finds_those_that_a_task_spawned) {
  model::program program = program_of(300);
  schema::frame frame = test::frame_at(100 * test::second);
  for (std::uint64_t id = 1'000; id < 1'007; ++id) {
    frame.tasks.push_back(test::live_task(id, test::second));
    frame.tasks.back().parent = 8;
  }
  frame.tasks.push_back(test::ended_task(1'010, 3 * test::second));
  frame.tasks.back().parent = 8;
  program.fold(frame);
  task_search search;
  task_question question = most_runs_first();
  question.parent = 8;
  search.begin(question);
  EXPECT_TRUE(search.step(program));
  EXPECT_EQ(search.matches(), 8U);
  EXPECT_EQ(search.live_matches(), 7U);
  EXPECT_EQ(search.take().size(), 8U);
  question.parent.reset();
  question.filter = text_filter("parent:8", task_fields);
  search.begin(question);
  EXPECT_TRUE(search.step(program));
  EXPECT_EQ(search.matches(), 8U);
}

TEST(task_text, is_what_the_list_shows) {
  model::program program{test::greeting()};
  schema::frame frame = test::snapshot_at(100 * test::second);
  frame.loops = {test::named_loop(1, "main")};
  frame.sites = {test::named_task(2, "checkout")};
  schema::task_info task = test::live_task(7, test::second);
  task.loop = 1;
  task.site = 2;
  task.state = schema::task_state::suspended;
  frame.tasks = {task};
  frame.places = {{1, "shop::checkout", "/src/checkout.cpp", 41}, {2, "shop::pay", "", 0}};
  frame.await_chains = {{7, "async_wait", {2, 1}, {}, {}}};
  program.fold(frame);
  const auto text = [&](task_field field) { return task_text(program, task, field); };
  EXPECT_EQ(text(task_field::name), "checkout");
  EXPECT_EQ(text(task_field::state), "suspended");
  EXPECT_EQ(text(task_field::site), "shop::checkout, checkout.cpp");
  EXPECT_EQ(text(task_field::waits), "async_wait in shop::pay");
  EXPECT_EQ(text(task_field::id), "7");
  EXPECT_EQ(text(task_field::loop), "main");
  EXPECT_EQ(text(task_field::parent), "");
  task.parent = 5;
  EXPECT_EQ(text(task_field::parent), "5");
  EXPECT_EQ(site_text(program, 8), "");
}

}  // namespace
}  // namespace asioscope::viewer
