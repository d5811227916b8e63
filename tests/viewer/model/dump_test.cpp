// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/dump.hpp"

#include "messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace asioscope::model {
namespace {

using test::second;
using testing::HasSubstr;

constexpr std::int64_t start = 50 * second;

std::string dumped(const program& state) {
  std::ostringstream out;
  dump_json(state, out);
  return out.str();
}

program busy() {
  program state(test::greeting());
  schema::frame frame = test::snapshot_at(start);
  frame.loops = {test::named_loop(1, "the \"main\" loop")};
  frame.sites = {test::named_site(1, "a\\b\n\xFF"), test::named_task(2, "GET /")};
  frame.loop_stats.emplace_back().loop = 1;
  frame.loop_stats[0].pending = 18'446'744'073'709'551'615U;
  frame.site_stats = {test::site_after(1, 1, 12'345, 1'000)};
  schema::task_statistics tasks = test::tasks_of(1, 2);
  tasks.finished = 10'000;
  frame.task_stats = {tasks};
  frame.tasks = {test::live_task(1), test::ended_task(2, 99, schema::task_state::failed)};
  frame.reports = {test::stall_report(1, start, 300'000'000, false)};
  frame.reports[0].stack = {{.address = 255,
                             .function = "f()",
                             .file = "f.cpp",
                             .line = 3,
                             .module = "shop",
                             .internal = false}};
  frame.reports[0].cause = "in system call read";
  frame.reports[0].samples = 7;
  frame.reports[0].stack_count = 4;
  frame.reports[0].other_stacks = {{{}, 2}};
  frame.reports[0].other_stacks[0].frames.emplace_back().function = "g()";
  frame.reports[0].await_places = {{0, "query", "db.cpp", 42}};
  frame.reports[0].cpu_least_ns = 77;
  frame.reports[0].cpu_most_ns = 78;
  frame.site_stats[0].error_categories = {{"asio.misc", 6}};
  frame.gaps = {{.thread = 1, .count = 5, .from_ns = 1, .to_ns = 2}};
  state.fold(frame);
  state.fold(test::frame_at(start + second));
  return state;
}

TEST(dump_json, says_the_numbers_exactly) {
  const std::string json = dumped(busy());
  for (const char* expected : {R"("name": "shop")",
                               R"("pid": 100)",
                               R"("handlers": 12345)",
                               R"("runs": 12345)",
                               R"("finished": 10000)",
                               R"("tasks_finished": 10000)",
                               R"("tasks_live": 1)",
                               R"("operation": "")",
                               R"("awaits": [])",
                               R"("state": "failed")",
                               R"("kind": "stall")",
                               R"("culprit": "shop::block")",
                               R"json("function": "f()")json",
                               R"("cause": "in system call read")",
                               R"("samples": 7)",
                               R"("asio.misc": 6)",
                               R"("function": "query")",
                               R"("line": 42)",
                               R"("cpu_least_ns": 77)",
                               R"("cpu_most_ns": 78)",
                               R"("stack_count": 4)",
                               R"("count": 2)",
                               R"json("function": "g()")json",
                               R"("events_in_gaps": 5)",
                               R"("pending": 18446744073709551615)",
                               R"("lag_seconds": [)",
                               R"("sum_ns": 12345000)",
                               R"("complete": true)"}) {
    EXPECT_THAT(json, HasSubstr(expected));
  }
}

TEST(dump_json, text_of_the_program_cannot_break_it) {
  const std::string json = dumped(busy());
  EXPECT_THAT(json, HasSubstr(R"("name": "the \"main\" loop")"));
  EXPECT_THAT(json, HasSubstr("\"name\": \"a\\\\b\\n\xEF\xBF\xBD\""));
}

TEST(dump_json, what_is_unknown_is_null) {
  EXPECT_THAT(dumped(busy()), HasSubstr("\"lag_seconds\": [\n     null\n"));
}

TEST(dump_json, a_program_that_said_nothing_yet_can_be_dumped) {
  const std::string json = dumped(program(test::greeting()));
  EXPECT_THAT(json, HasSubstr(R"("complete": false)"));
  EXPECT_THAT(json, HasSubstr(R"("loops": [])"));
}

}  // namespace
}  // namespace asioscope::model
