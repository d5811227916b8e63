// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/loop_rules.hpp"

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/loop_threads.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace asioscope::core::detail {
namespace {
using namespace std::chrono_literals;
using step = shutdown_plan::step;

std::string wrong_field(const event_loop_options& options) {
  try {
    checked(options);
  } catch (const config_error& error) {
    return error.field();
  }
  return {};
}

TEST(event_loop_options, senseless_ones_are_refused) {  // R9
  EXPECT_EQ(wrong_field({}), "");
  EXPECT_EQ(wrong_field({.threads = 1'000'000}), "event_loop.threads");
  EXPECT_EQ(wrong_field({.slow_after = 0ns}), "event_loop.slow_after");
  EXPECT_EQ(wrong_field({.stuck_after = -1ns}), "event_loop.stuck_after");
  EXPECT_EQ(wrong_field({.drain_for = -1ns}), "event_loop.drain_for");
  EXPECT_EQ(wrong_field({.drain_for = 2s, .shutdown_within = 1s}), "event_loop.drain_for");
  EXPECT_EQ(wrong_field({.shutdown_within = -1ns}), "event_loop.shutdown_within");
  EXPECT_EQ(wrong_field({.reports_per_minute = 0}), "event_loop.reports_per_minute");
  EXPECT_EQ(wrong_field({.signals = {SIGKILL}}), "event_loop.signals");
  EXPECT_EQ(wrong_field({.signals = {0}}), "event_loop.signals");
  EXPECT_EQ(wrong_field({.signals = {SIGINT, SIGTERM, SIGINT}}), "event_loop.signals");
  EXPECT_EQ(wrong_field({.signals = {SIGINT, SIGTERM}}), "");
  EXPECT_EQ(wrong_field({.cpus = {100'000}}), "event_loop.cpus");
}

TEST(event_loop_options, cpus_are_those_that_the_process_may_use) {
  const auto allowed = allowed_cpus();
  if (allowed.empty()) GTEST_SKIP() << "this system cannot tell";
  EXPECT_EQ(wrong_field({.cpus = allowed}), "");
  unsigned other = 0;
  while (std::find(allowed.begin(), allowed.end(), other) != allowed.end())
    ++other;
  EXPECT_EQ(wrong_field({.cpus = {allowed.front(), other}}), "event_loop.cpus");
}

TEST(event_loop_options, no_threads_are_as_many_as_there_are_cpus) {
  EXPECT_EQ(checked({.threads = 0}).threads, std::max<std::size_t>(1, usable_cpus()));
}

TEST(event_loop_options, the_hint_for_asio_is_how_many_threads_there_are) {
  EXPECT_EQ(concurrency_hint({.threads = 1}), 1);
  EXPECT_EQ(concurrency_hint({.threads = 8}), 8);
}

TEST(thread_name, is_as_long_as_the_system_allows) {
  EXPECT_EQ(thread_name("loop", 0), "loop-0");
  EXPECT_EQ(thread_name("a very long name indeed", 12), "a very long -12");
}

TEST(report_limit, lets_so_many_through_in_a_minute) {  // fact d1: seastar, 10 stalls: 5 reports
  report_limit limit(5);
  std::vector<std::uint64_t> reported;
  for (int i = 0; i < 10; ++i)
    if (const auto suppressed = limit.admit(std::chrono::milliseconds(20 * i)))
      reported.push_back(*suppressed);
  EXPECT_EQ(reported, (std::vector<std::uint64_t>(5, 0)));
  EXPECT_FALSE(limit.admit(1min - 1ns).has_value());
  EXPECT_EQ(limit.admit(1min), 6U);
  EXPECT_EQ(limit.admit(1min + 1s), 0U);
}

TEST(stuck_rule, is_due_after_the_time_then_twice_the_time) {
  stuck_rule rule(1s);
  std::vector<int> when;
  for (int second = 0; second < 20; ++second)
    if (rule.is_due(7, 100s, std::chrono::seconds(100 + second))) when.push_back(second);
  EXPECT_EQ(when, (std::vector{1, 2, 4, 8, 16}));
  EXPECT_FALSE(rule.is_due(8, 120s, 120s));  // another handler
  EXPECT_TRUE(rule.is_due(8, 120s, 125s));   // a late look reports once
  EXPECT_FALSE(rule.is_due(8, 120s, 127s));
  EXPECT_TRUE(rule.is_due(8, 120s, 128s));
}

TEST(stuck_rule, is_never_due_if_not_wanted) {
  stuck_rule rule(0s);
  EXPECT_FALSE(rule.is_due(1, 0s, 1h));
}

TEST(shutdown_plan, cancels_at_once_and_stops_at_the_deadline) {  // R8
  shutdown_plan plan(0s);
  EXPECT_EQ(plan.at(5s), step::none);
  EXPECT_FALSE(plan.next().has_value());
  EXPECT_EQ(plan.request(10s, 10s), step::begin);
  EXPECT_EQ(plan.at(10s), step::cancel);
  EXPECT_EQ(plan.at(10s), step::none);
  EXPECT_EQ(plan.next(), 20s);
  EXPECT_EQ(plan.at(20s - 1ns), step::none);
  EXPECT_EQ(plan.at(20s), step::stop);
  EXPECT_EQ(plan.at(30s), step::none);
  EXPECT_FALSE(plan.next().has_value());
  EXPECT_FALSE(plan.was_forced());
}

TEST(shutdown_plan, lets_tasks_go_on_if_wanted) {
  shutdown_plan plan(3s);
  EXPECT_EQ(plan.request(10s, 10s), step::begin);
  EXPECT_EQ(plan.next(), 13s);
  EXPECT_EQ(plan.at(12s), step::none);
  EXPECT_EQ(plan.at(13s), step::cancel);
  EXPECT_EQ(plan.next(), 20s);
}

TEST(shutdown_plan, takes_the_shorter_of_two_deadlines) {
  shutdown_plan plan(0s);
  plan.request(0s, 10s);
  EXPECT_EQ(plan.request(1s, 2s), step::none);
  EXPECT_EQ(plan.request(1s, 100s), step::none);
  EXPECT_EQ(plan.at(1s), step::cancel);
  EXPECT_EQ(plan.next(), 3s);
}

TEST(shutdown_plan, a_deadline_may_be_longer_than_there_is) {
  shutdown_plan plan(0s);
  plan.request(10s, std::chrono::nanoseconds::max());
  EXPECT_EQ(plan.at(10s), step::cancel);
  EXPECT_EQ(plan.next(), std::chrono::nanoseconds::max());
}

TEST(shutdown_plan, the_second_signal_does_not_wait) {
  shutdown_plan plan(3s);
  EXPECT_EQ(plan.signal(0s, 10s), step::begin);
  EXPECT_FALSE(plan.was_forced());
  EXPECT_EQ(plan.signal(1s, 10s), step::stop);
  EXPECT_TRUE(plan.was_forced());
  EXPECT_EQ(plan.signal(1s, 10s), step::none);
  EXPECT_EQ(plan.at(20s), step::none);
}

TEST(shutdown_plan, the_first_signal_after_a_request_does_not_wait_either) {
  shutdown_plan plan(0s);
  plan.request(0s, 10s);
  EXPECT_EQ(plan.signal(1s, 10s), step::stop);
  EXPECT_TRUE(plan.was_forced());
}

TEST(loop_report, says_who_did_not_finish) {
  loop_report report;
  report.end = loop_end::timed_out;
  EXPECT_EQ(to_string(report),
            "shut down, but not in time\n  work that has no name: timers, sockets, posted "
            "handlers\n");
  task_info task;
  task.id = 7;
  task.name = "fetch";
  task.state = task_state::suspended;
  task.running_time = 5200ms;
  task.location = {"main.cpp", 12};
  report.unfinished.push_back(task);
  report.waiting.emplace_back("queue \"jobs\": 2 waiting");
  report.stuck.push_back({1500ms, true, "web-0", task, 0});
  EXPECT_EQ(to_string(report),
            "shut down, but not in time\n"
            "  task \"fetch\" (7), suspended, for 5.20 s, from main.cpp:12\n"
            "  thread web-0 runs a handler for 1.50 s\n"
            "  queue \"jobs\": 2 waiting\n");
}

TEST(slow_callback, says_what_was_slow) {
  slow_callback callback{123ms, false, "web-0", std::nullopt, 0};
  EXPECT_EQ(to_string(callback), "a handler kept thread web-0 for 0.123 s");
  callback.still_runs = true;
  callback.suppressed = 3;
  callback.task.emplace();
  callback.task->id = 1;
  callback.task->name = "parse";
  callback.task->state = task_state::running;
  EXPECT_EQ(to_string(callback),
            "a handler keeps thread web-0 for 0.123 s: task \"parse\" (1), running, for 0.00 s (3 "
            "more were not reported)");
}

}  // namespace
}  // namespace asioscope::core::detail
