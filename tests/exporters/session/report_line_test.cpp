// SPDX-License-Identifier: BSL-1.0
#include "report_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using namespace asioscope;
using testing::HasSubstr;

schema::report stall() {
  schema::report report;
  report.id = 3;
  report.kind = schema::report_kind::stall;
  report.duration_ns = 25'400'000;
  report.ongoing = true;
  report.cause = "on CPU";
  report.culprit = "shop::compute";
  report.stack = {{1, "std::sort", "/usr/include/algorithm", 10, "shop", true},
                  {2, "shop::compute", "/home/x/shop/sick.cpp", 42, "shop", false},
                  {3, "", "", 0, "shop", false},
                  {4, "shop::handle", "/home/x/shop/server.cpp", 7, "shop", false}};
  return report;
}

const report_names names{"http", "POST /orders", "", "shop"};

TEST(report_line, says_who_blocks_where_in_one_line) {
  EXPECT_EQ(
      report_line(stall(), names, 0, false),
      "asioscope report=stall id=3 loop=http site=\"POST /orders\" thread=shop duration_ms=25.400 "
      "ongoing=true cause=\"on CPU\" culprit=shop::compute at=sick.cpp:42 stack=\"shop::compute < "
      "shop::handle\"");
}

TEST(report_line, says_what_the_program_said_of_itself) {
  auto report = stall();
  report.scopes = {"order", "pay"};
  report.trace_id = "4bf92f";
  EXPECT_THAT(report_line(report, names, 0, false),
              testing::EndsWith(" scopes=\"order > pay\" trace_id=4bf92f"));
}

TEST(report_line, tells_the_end_of_a_stall_briefly) {
  auto report = stall();
  report.ongoing = false;
  report.duration_ns = 300'000'000;
  EXPECT_EQ(report_line(report, names, 0, true),
            "asioscope report=stall_over id=3 loop=http duration_ms=300.000 cause=\"on CPU\"");
  report.cause = {};
  EXPECT_EQ(report_line(report, names, 0, true),
            "asioscope report=stall_over id=3 loop=http duration_ms=300.000");
}

TEST(report_line, carries_the_exception_of_a_failure_and_what_was_suppressed) {
  schema::report report;
  report.id = 9;
  report.kind = schema::report_kind::failure;
  report.task = 17;
  report.message = "std::runtime_error: out of stock";
  EXPECT_EQ(report_line(report, {"http", "accept", "connection", ""}, 12, false),
            "asioscope report=failure id=9 loop=http site=accept task=connection task_id=17 "
            "message=\"std::runtime_error: out of stock\" suppressed=12");
}

TEST(report_line, says_where_an_exception_came_through) {
  schema::report report;
  report.id = 9;
  report.kind = schema::report_kind::failure;
  report.message = "std::runtime_error";
  report.await_places = {{0, "query", "/home/x/shop/db.cpp", 42}, {0, "handle", "", 0}};
  EXPECT_EQ(report_line(report, {}, 0, false),
            "asioscope report=failure id=9 message=std::runtime_error awaits=\"query db.cpp:42 < "
            "handle\"");
}

TEST(report_line, says_how_long_a_slow_run_was_on_a_processor) {
  schema::report report;
  report.id = 1;
  report.duration_ns = 5'000'000;
  report.cpu_least_ns = 1'000'000;
  report.cpu_most_ns = 2'000'000;
  EXPECT_EQ(report_line(report, {}, 0, false),
            "asioscope report=slow id=1 duration_ms=5.000 cpu_ms_least=1.000 cpu_ms_most=2.000");
}

TEST(report_line, stays_one_line_whatever_a_message_contains) {
  schema::report report;
  report.kind = schema::report_kind::failure;
  report.message = "a\nb\r\"c\" \\ \x1b[31m" + std::string(1000, 'x');
  const auto line = report_line(report, {}, 0, false);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\r'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_THAT(line, HasSubstr(R"(message="a b \"c\" \\)"));
  EXPECT_LT(line.size(), 400U);
}

TEST(report_line, shows_a_deep_stack_in_part) {
  auto report = stall();
  report.stack.assign(50, {1, "shop::recurse", "", 0, "shop", false});
  const auto line = report_line(report, names, 0, false);
  EXPECT_THAT(line, HasSubstr("shop::recurse < ...\""));
  EXPECT_LT(line.size(), 400U);
}

TEST(find_names, looks_up_every_id) {
  schema::snapshot known;
  known.loops = {{4, "http", false}};
  known.sites = {{5, schema::site_kind::handler, "session::read", "async_read"},
                 {6, schema::site_kind::task, "connection", ""}};
  known.threads = {{2, 4711, "shop", false}};
  schema::task_info task;
  task.id = 17;
  task.site = 6;
  known.tasks = {task};
  schema::report report;
  report.loop = 4;
  report.site = 5;
  report.thread = 2;
  report.task = 17;
  const auto names_found = find_names(report, known);
  EXPECT_EQ(names_found.loop, "http");
  EXPECT_EQ(names_found.site, "session::read");
  EXPECT_EQ(names_found.task, "connection");
  EXPECT_EQ(names_found.thread, "shop");
  EXPECT_EQ(find_names(report, {}).loop, "");
}

}  // namespace
