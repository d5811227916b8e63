// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/failures.hpp"

#include "messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace asioscope::model {
namespace {

using test::frame_at;
using test::second;
using test::site_after;
using test::tasks_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointee;

constexpr std::int64_t start = 500 * second;

schema::report failure_report(std::uint64_t id, std::uint32_t site, const char* message) {
  schema::report result;
  result.id = id;
  result.kind = schema::report_kind::failure;
  result.loop = 1;
  result.site = site;
  result.message = message;
  return result;
}

class failures : public testing::Test {
 protected:
  failures() {
    schema::frame snapshot = test::snapshot_at(start);
    snapshot.loops = {test::named_loop(1, "main")};
    snapshot.sites = {test::named_site(1, "serve"), test::named_task(2, "GET /report")};
    snapshot.site_stats = {site_after(1, 1, 10, 1'000)};
    snapshot.task_stats = {tasks_of(1, 2)};
    state.fold(snapshot);
  }

  std::vector<failure> after(const schema::frame& frame) {
    state.fold(frame);
    return failures_of(state);
  }

  program state{test::greeting()};
};

TEST_F(failures, of_a_healthy_program_are_none) {
  EXPECT_THAT(after(frame_at(start + second)), IsEmpty());
}

TEST_F(failures, of_handlers_and_of_tasks_are_counted_with_what_is_known_of_them) {
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 1, 20, 1'000)};
  frame.site_stats[0].failed = 2;
  frame.task_stats = {tasks_of(1, 2)};
  frame.task_stats[0].failed = 3;
  // It failed in a run of the handler.
  frame.tasks = {test::ended_task(70, start, schema::task_state::failed)};
  frame.tasks[0].loop = 1;
  frame.tasks[0].site = 2;
  frame.reports = {failure_report(1, 1, "std::out_of_range: no order 7"),
                   failure_report(2, 1, "shop::error"),
                   failure_report(3, 1, "std::runtime_error: late: too late"),
                   test::stall_report(4, start, 1, false)};
  frame.reports[1].task = 70;
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].of, failure::kind::handler);
  EXPECT_EQ(found[0].where, program::key(1, 1));
  EXPECT_EQ(found[0].type, "std::runtime_error") << "the latest";
  EXPECT_EQ(found[0].count, 2U);
  EXPECT_EQ(found[0].lately, 2U);
  EXPECT_THAT(found[0].reports, ElementsAre(Pointee(testing::Field(&schema::report::id, 3U)),
                                            Pointee(testing::Field(&schema::report::id, 1U))));
  EXPECT_EQ(found[1].of, failure::kind::task);
  EXPECT_EQ(found[1].where, program::key(1, 2));
  EXPECT_EQ(found[1].type, "shop::error");
  EXPECT_EQ(found[1].count, 3U);
  EXPECT_EQ(found[1].reports.size(), 1U);
}

TEST_F(failures, of_the_last_minute_before_the_viewer_came_are_known_by_their_reports) {
  program late(test::greeting());
  schema::frame snapshot = test::snapshot_at(start);
  snapshot.task_stats = {tasks_of(1, 2)};
  snapshot.task_stats[0].failed = 9;
  snapshot.tasks = {test::ended_task(70, start, schema::task_state::failed)};
  snapshot.tasks[0].site = 2;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    snapshot.reports.push_back(failure_report(id, 1, "shop::error"));
    snapshot.reports.back().task = 70;
    snapshot.reports.back().time_ns = start - static_cast<std::int64_t>(id) * 25 * second;
  }
  late.fold(snapshot);
  const auto found = failures_of(late);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].count, 9U);
  EXPECT_EQ(found[0].lately, 2U) << "the third is older";
}

TEST_F(failures, without_a_report_have_a_count_and_no_type) {
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 1, 20, 1'000)};
  frame.site_stats[0].failed = 1;
  frame.reports = {failure_report(1, 7, "std::exception: of another handler")};
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, "");
  EXPECT_THAT(found[0].reports, IsEmpty());
}

TEST_F(failures, by_error_code_are_counted_by_category) {
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 1, 20, 1'000)};
  frame.site_stats[0].errors = 4;
  frame.site_stats[0].error_categories = {{"system", 4}};
  auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].of, failure::kind::error_code);
  EXPECT_EQ(found[0].type, "system");
  EXPECT_EQ(found[0].count, 4U);
  EXPECT_EQ(found[0].lately, 4U);

  // Which of two it was in the last minute, nobody has said.
  frame.time.monotonic_ns += second;
  frame.site_stats[0].errors = 5;
  frame.site_stats[0].error_categories = {{"asio.misc", 1}, {"system", 4}};
  found = after(frame);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].type, "asio.misc");
  EXPECT_EQ(found[0].lately, std::nullopt);
  EXPECT_EQ(found[1].lately, std::nullopt);
}

TEST_F(failures, that_are_over_are_none_of_the_last_minute) {
  schema::frame frame = frame_at(start + second);
  frame.task_stats = {tasks_of(1, 2)};
  frame.task_stats[0].failed = 3;
  EXPECT_EQ(after(frame).at(0).lately, 3U);
  for (int seconds = 2; seconds < 70; ++seconds) {
    frame.time.monotonic_ns += second;
    state.fold(frame);
  }
  EXPECT_EQ(failures_of(state).at(0).lately, 0U);
  EXPECT_EQ(failures_of(state).at(0).count, 3U);
}

TEST(exception_type, is_what_stands_before_what_it_says) {
  EXPECT_EQ(exception_type("std::out_of_range: no order 7"), "std::out_of_range");
  EXPECT_EQ(exception_type("boost::wrapexcept<std::length_error>: too long: 7"),
            "boost::wrapexcept<std::length_error>");
  EXPECT_EQ(exception_type("int"), "int");
  EXPECT_EQ(exception_type(""), "");
}

TEST(awaits_text, tells_the_way_of_the_exception) {
  schema::report report;
  EXPECT_EQ(awaits_text(report), "");
  report.await_places = {{0, "shop::find", "find.cpp", 12}, {0, "shop::serve", "", 0}};
  EXPECT_EQ(awaits_text(report),
            "It left shop::find, which had come to find.cpp:12\nthen shop::serve\n");
}

}  // namespace
}  // namespace asioscope::model
