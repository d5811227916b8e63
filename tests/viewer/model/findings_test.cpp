// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/findings.hpp"

#include "messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace asioscope::model {
namespace {

using test::frame_at;
using test::ms;
using test::second;
using test::site_after;
using testing::AllOf;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t start = 500 * second;

class findings : public testing::Test {
 protected:
  findings() {
    schema::frame snapshot = test::snapshot_at(start);
    snapshot.loops = {test::named_loop(1, "main")};
    snapshot.sites = {test::named_site(1, "POST /sick/block"), test::named_task(2, "GET /report")};
    snapshot.loop_stats = {statistics()};
    snapshot.site_stats = {site_after(1, 1, 10, 1'000)};
    snapshot.site_stats[0].slow = 5;  // long ago
    snapshot.site_stats[0].failed = 5;
    state.fold(snapshot);
  }

  static schema::loop_statistics statistics() {
    schema::loop_statistics result;
    result.loop = 1;
    result.threads = 1;
    result.last_progress_ns = start;
    return result;
  }

  std::vector<finding> after(const schema::frame& frame) {
    state.fold(frame);
    return find_what_is_wrong(state);
  }

  program state{test::greeting()};
};

auto says(severity level, const char* id, const char* sentence) {
  return AllOf(Field("level", &finding::level, level), Field("id", &finding::id, id),
               Field("sentence", &finding::sentence, sentence));
}

TEST_F(findings, a_healthy_program_has_none) {
  EXPECT_THAT(after(frame_at(start + second)), IsEmpty());
}

TEST_F(findings, nothing_is_said_before_the_snapshot_is_whole) {
  program half(test::greeting());
  schema::frame frame = frame_at(start);
  frame.snapshot = true;
  frame.self.site_overflow = 7;
  half.fold(frame);
  EXPECT_THAT(find_what_is_wrong(half), IsEmpty());
}

TEST_F(findings, a_stall_that_goes_on_is_critical_and_names_who_blocks) {
  schema::frame frame = frame_at(start + second);
  frame.reports = {test::stall_report(7, start + 200 * ms, 25'000'000, true)};
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::critical, "stall-now",
                             "A thread of loop main has been blocked for 800 ms by shop::block in "
                             "POST /sick/block."));
  EXPECT_EQ(found[0].report, 7U);
}

TEST_F(findings, stalls_of_the_last_minute_are_counted_and_the_longest_is_named) {
  schema::frame frame = frame_at(start + second);
  frame.loop_stats = {statistics()};
  frame.loop_stats[0].stalls = 2;
  frame.reports = {test::stall_report(7, start + 100 * ms, 30'000'000, false),
                   test::stall_report(8, start + 200 * ms, 300'000'000, false)};
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::serious, "stall",
                             "Loop main was blocked twice in the last minute, up to 300 ms by "
                             "shop::block in POST /sick/block."));
  EXPECT_EQ(found[0].report, 8U);
  EXPECT_EQ(found[0].count, 2U);
  EXPECT_THAT(after(frame_at(start + 62 * second)), IsEmpty());
}

TEST_F(findings, exceptions_of_handlers_and_tasks_of_the_last_minute) {
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 1, 10, 1'000)};
  frame.site_stats[0].failed = 8;
  schema::task_statistics tasks = test::tasks_of(1, 2);
  tasks.failed = 1;
  frame.task_stats = {tasks};
  schema::report failure;
  failure.id = 1;
  failure.kind = schema::report_kind::failure;
  failure.site = 2;
  failure.message = "std::runtime_error: no such order";
  frame.reports = {failure};
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0], says(severity::serious, "exception",
                             "An exception left POST /sick/block 3 times in the last minute."));
  EXPECT_THAT(found[1], says(severity::serious, "exception",
                             "An exception left GET /report once in the last minute: "
                             "std::runtime_error: no such order."));
  for (int step = 2; step < 64; ++step)
    state.fold(frame_at(start + step * second));
  EXPECT_THAT(find_what_is_wrong(state), IsEmpty());
}

TEST_F(findings, exceptions_of_the_last_minute_before_the_viewer_came) {
  program late(test::greeting());
  schema::frame snapshot = test::snapshot_at(start);
  snapshot.loops = {test::named_loop(1, "main")};
  snapshot.sites = {test::named_site(1, "POST /orders")};
  snapshot.site_stats = {site_after(1, 1, 10, 1'000)};
  snapshot.site_stats[0].failed = 5;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    schema::report report;
    report.id = id;
    report.kind = schema::report_kind::failure;
    report.loop = 1;
    report.site = 1;
    report.message = "shop::error: number " + std::to_string(id);
    report.time_ns = start - static_cast<std::int64_t>(4 - id) * 25 * second;
    snapshot.reports.push_back(report);
  }
  late.fold(snapshot);
  const auto found = find_what_is_wrong(late);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::serious, "exception",
                             "An exception left POST /orders twice in the last minute: "
                             "shop::error: number 3."));
}

TEST_F(findings, a_saturated_loop) {
  for (int step = 1; step <= 24; ++step) {
    schema::frame frame = frame_at(start + step * 250 * ms);
    frame.loop_stats = {statistics()};
    frame.loop_stats[0].busy_ns = static_cast<std::uint64_t>(step * 240 * ms);
    state.fold(frame);
  }
  const auto found = find_what_is_wrong(state);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::warning, "saturated",
                             "Loop main is 96 % busy; everything on it waits its turn."));
}

TEST_F(findings, a_backlog) {
  schema::frame frame = frame_at(start + second);
  frame.loop_stats = {statistics()};
  frame.loop_stats[0].pending = 999;
  EXPECT_THAT(after(frame), IsEmpty());
  frame.loop_stats[0].pending = 12'345;
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::warning, "backlog", "12,345 handlers wait on loop main."));
}

TEST_F(findings, a_loop_that_nobody_runs) {
  schema::frame frame = frame_at(start + 3 * second);
  frame.loop_stats = {statistics()};
  frame.loop_stats[0].pending = 1;
  frame.loop_stats[0].threads = 0;
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::serious, "no-progress",
                             "Loop main has done nothing for 3.00 s although 1 handler waits: no "
                             "thread runs it."));
  frame.loops = {{.id = 1, .name = "main", .gone = true}};
  EXPECT_THAT(after(frame), IsEmpty());
}

TEST_F(findings, timers_that_come_late) {
  schema::frame frame = frame_at(start + second);
  frame.loop_stats = {statistics()};
  frame.loop_stats[0].lag = test::durations({80 * ms});
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "late");
  EXPECT_THAT(found[0].sentence, HasSubstr("Timers on loop main run up to "));
}

TEST_F(findings, slow_handlers_of_the_last_ten_seconds) {
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 1, 20, 8 * ms)};
  frame.site_stats[0].slow = 15;
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::warning, "slow-handler",
                             "POST /sick/block ran over 2 ms 10 times in the last 10 s; the "
                             "longest took 8.00 ms."));
  EXPECT_EQ(found[0].site, 1U);
  for (int step = 2; step < 14; ++step)
    state.fold(frame_at(start + step * second));
  EXPECT_THAT(find_what_is_wrong(state), IsEmpty());
}

// What is found when the queue of the loop is `pending(second)` long in each second of a minute.
template <class Pending>
std::vector<finding> after_a_minute_of(program& state, schema::loop_statistics loop,
                                       Pending pending) {
  for (std::int64_t past = 1; past <= 60; ++past) {
    schema::frame frame = frame_at(start + past * second);
    loop.pending = static_cast<std::uint64_t>(pending(past));
    loop.last_progress_ns = frame.time.monotonic_ns;
    frame.loop_stats = {loop};
    state.fold(frame);
  }
  return find_what_is_wrong(state);
}

TEST_F(findings, a_queue_that_grows) {
  const auto found =
      after_a_minute_of(state, statistics(), [](std::int64_t past) { return past * past / 6; });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::warning, "growing",
                             "The queue of loop main has grown for 30.0 s, from 150 to 600: more "
                             "comes in than is done."));
}

TEST_F(findings, a_queue_that_is_long_or_has_bursts_does_not_grow) {
  EXPECT_THAT(after_a_minute_of(state, statistics(), [](std::int64_t) { return 900; }), IsEmpty());
  EXPECT_THAT(after_a_minute_of(state, statistics(),
                                [](std::int64_t past) { return past % 20 > 15 ? 800 : 2; }),
              IsEmpty());
  EXPECT_THAT(after_a_minute_of(state, statistics(), [](std::int64_t past) { return 900 - past; }),
              IsEmpty());
}

TEST_F(findings, a_line_at_a_resource_that_grows) {
  std::vector<finding> found;
  for (std::int64_t past = 1; past <= 60; ++past) {
    schema::frame frame = frame_at(start + past * second);
    schema::resource_info queue;
    queue.id = 4;
    queue.kind = "queue";
    queue.name = "orders";
    queue.figures = {{"depth", static_cast<double>(past * past) / 6, false}};
    frame.resources = {queue};
    found = after(frame);
  }
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "growing");
  EXPECT_THAT(found[0].sentence, HasSubstr("queue orders has grown"));
  EXPECT_EQ(found[0].resource, 4U);
}

TEST_F(findings, events_that_were_lost_lately) {
  schema::frame frame = frame_at(start + second);
  frame.gaps = {{1, 40, start, start + second / 2}};
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], says(severity::notice, "events-lost",
                             "40 events were overwritten in the last 10 s before this viewer could "
                             "take them: the timeline has gaps. The figures are complete."));
  EXPECT_THAT(after(frame_at(start + 12 * second)), IsEmpty());
}

TEST_F(findings, blind_spots_of_the_instrument_are_told) {
  schema::frame frame = frame_at(start + second);
  frame.self.site_overflow = 1;
  frame.self.task_overflow = 2;
  frame.self.reports_suppressed = 3;
  const auto found = after(frame);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].id, "reports-suppressed");
  EXPECT_EQ(found[0].level, severity::notice);
}

TEST_F(findings, the_worst_comes_first) {
  schema::frame frame = frame_at(start + 3 * second);
  frame.self.site_overflow = 1'000'000;
  frame.loop_stats = {statistics()};
  frame.loop_stats[0].pending = 5'000;
  frame.site_stats = {site_after(1, 1, 20, 8 * ms)};
  frame.site_stats[0].failed = 6;
  frame.reports = {test::stall_report(7, start, 25'000'000, true)};
  std::vector<std::string> ids;
  for (const finding& each : after(frame))
    ids.push_back(each.id);
  EXPECT_THAT(ids, testing::ElementsAre("stall-now", "exception", "backlog", "sites-overflow"));
}

schema::resource_info pool(double used, std::int64_t waiting_since) {
  schema::resource_info result;
  result.id = 7;
  result.kind = "resource_pool";
  result.name = "database";
  result.figures = {{"max", 4, false}, {"in_use", used, false}};
  result.waiting = 2;
  result.waiters = {{11, waiting_since}, {12, waiting_since + 1}};
  result.holders = {{13, start - 3 * second}, {21, start - 4 * second}, {0, start - 9 * second}};
  return result;
}

TEST_F(findings, an_exhausted_pool_names_who_has_held_it_for_longest) {
  schema::frame news = frame_at(start + second);
  news.resources = {pool(4, start)};
  news.tasks = {test::live_task(21)};
  news.tasks[0].site = 2;
  const auto found = after(news);
  EXPECT_THAT(found,
              testing::ElementsAre(
                  says(severity::serious, "exhausted",
                       "resource_pool database is exhausted: all 4 in use, 2 operations wait, the "
                       "first for 1.00 s; held longest by GET /report (task 21), for 5.00 s.")));
  EXPECT_EQ(found.at(0).resource, 7U);
}

TEST_F(findings, a_pool_in_full_use_that_keeps_nobody_waiting_for_long_is_well) {
  schema::frame news = frame_at(start + second);
  news.resources = {pool(4, start + second - 100 * ms)};
  EXPECT_THAT(after(news), IsEmpty());
}

TEST_F(findings, one_who_waits_for_work_is_well) {
  schema::frame news = frame_at(start + 60 * second);
  schema::resource_info queue = pool(0, start);
  queue.kind = "queue";
  queue.figures = {{"depth", 0, false}, {"capacity", 10, false}};
  schema::resource_info event = pool(0, start);
  event.id = 8;
  event.kind = "event";
  event.figures.clear();
  schema::resource_info gone = pool(4, start);
  gone.id = 9;
  gone.gone = true;
  news.resources = {queue, event, gone};
  EXPECT_THAT(after(news), IsEmpty());
}

TEST_F(findings, a_breaker_is_found_while_it_is_open) {
  schema::frame news = frame_at(start + second);
  schema::resource_info breaker;
  breaker.id = 3;
  breaker.kind = "circuit_breaker";
  breaker.name = "carrier";
  breaker.state = "open";
  news.resources = {breaker};
  EXPECT_THAT(after(news),
              testing::ElementsAre(says(severity::serious, "breaker-open",
                                        "circuit_breaker carrier is open: calls are rejected "
                                        "without an attempt.")));
  news.time.monotonic_ns += second;
  news.resources[0].state = "half_open";
  EXPECT_THAT(after(news), IsEmpty());
}

}  // namespace
}  // namespace asioscope::model
