// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/task_monitor.hpp"

#include "tokens_test.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/tracking_executor.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <stdexcept>

namespace asioscope::core::tests {
namespace {
namespace asio = boost::asio;
using namespace test_kit;
using namespace std::chrono_literals;
using asio::use_awaitable;
using testing::ElementsAre;

using monitor = basic_task_monitor<asio::any_io_executor, std::mutex, virtual_clock>;

asio::awaitable<void> nap(std::chrono::nanoseconds time) { co_await sleep_for(time); }

asio::awaitable<int> value_after(std::chrono::nanoseconds time, int value) {
  co_await sleep_for(time);
  co_return value;
}

asio::awaitable<void> fail() {
  co_await yield();
  throw std::runtime_error("no such page");
}

resource_description described(const std::string& name) {
  for (auto& each : describe_resources())
    if (each.name == name) return each;
  ADD_FAILURE() << "not listed: " << name;
  return {};
}

double attribute(const resource_description& of, std::string_view name) {
  for (const auto& each : of.attributes)
    if (each.name == name) return each.value;
  ADD_FAILURE() << "no attribute " << name;
  return -1;
}

// What is known of those that run

ASYNC_TEST(task_monitor, knows_who_runs_for_how_long_and_from_where) {
  monitor tasks(co_await asio::this_coro::executor);
  const auto before = std::chrono::system_clock::now();
  const int line = __LINE__ + 1;
  const task_id first = tasks.spawn("fetch", nap(3s));
  co_await sleep_for(1s);
  const task_id second = tasks.spawn("store", [] { return nap(5s); });
  co_await sleep_for(1s);
  const auto running = tasks.running();
  CO_ASSERT_EQ(running.size(), 2U);
  EXPECT_EQ(running[0].id, first);
  EXPECT_EQ(running[0].name, "fetch");
  EXPECT_EQ(running[0].running_time, 2s);
  EXPECT_EQ(running[0].state, task_state::suspended);
  EXPECT_EQ(running[0].location.line, line);
  EXPECT_TRUE(std::string(running[0].location.file).ends_with("task_monitor_test.cpp"));
  EXPECT_GE(running[0].created_at, before);
  EXPECT_LE(running[0].created_at, std::chrono::system_clock::now());
  EXPECT_TRUE(running[0].stack.empty());
  EXPECT_EQ(running[1].id, second);
  EXPECT_EQ(running[1].running_time, 1s);
  EXPECT_NE(first, second);
  co_await tasks.async_join(use_awaitable);
  EXPECT_TRUE(tasks.running().empty());
  EXPECT_EQ(tasks.counts().succeeded, 2U);
}

ASYNC_TEST(task_monitor, tells_tasks_of_the_same_name_apart) {
  monitor tasks(co_await asio::this_coro::executor);
  const task_id first = tasks.spawn("same", nap(1h));
  const task_id second = tasks.spawn("same", nap(1s));
  EXPECT_TRUE(tasks.cancel(first));
  co_await tasks.async_join(use_awaitable);
  const auto history = tasks.history();
  CO_ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].task.id, first);
  EXPECT_EQ(history[0].outcome, task_outcome::cancelled);
  EXPECT_EQ(history[1].task.id, second);
  EXPECT_EQ(history[1].outcome, task_outcome::succeeded);
}

ASYNC_TEST(task_monitor, names_those_that_have_no_name) {
  monitor tasks(co_await asio::this_coro::executor);
  tasks.spawn("", nap(1s));
  EXPECT_EQ(tasks.running().at(0).name, "task 1");
  co_await tasks.async_join(use_awaitable);
}

ASYNC_TEST(task_monitor, says_what_state_a_task_is_in) {
  monitor tasks(co_await asio::this_coro::executor, {.measure_runs = true});
  std::vector<task_info> within;
  tasks.spawn("self", [&]() -> asio::awaitable<void> {
    co_await sleep_for(1s);
    virtual_clock::advance(20ms);  // it computes
    within = tasks.running();
    co_await sleep_for(1s);
    virtual_clock::advance(5ms);
  });
  EXPECT_EQ(tasks.running().at(0).state, task_state::created);
  EXPECT_EQ(tasks.running().at(0).runs, 0U);
  co_await sleep_for(500ms);
  EXPECT_EQ(tasks.running().at(0).state, task_state::suspended);
  const auto runs = tasks.running().at(0).runs;
  EXPECT_GT(runs, 0U);
  co_await sleep_for(1s);
  EXPECT_GT(tasks.running().at(0).runs, runs);
  co_await tasks.async_join(use_awaitable);
  CO_ASSERT_EQ(within.size(), 1U);
  EXPECT_EQ(within[0].state, task_state::running);
  const auto ended = tasks.history().at(0).task;
  EXPECT_EQ(ended.state, task_state::ended);
  EXPECT_EQ(ended.longest, 20ms);
  EXPECT_GE(ended.busy, 20ms);
  EXPECT_LE(ended.busy, 25ms);  // the last run may go on below the end
}

ASYNC_TEST(task_monitor, a_task_knows_itself_and_its_children_know_it) {
  monitor tasks(co_await asio::this_coro::executor);
  monitor others(co_await asio::this_coro::executor);
  task_id self = 0;
  std::string name;
  std::vector<task_info> running;
  EXPECT_EQ(current_task_id(), 0U);
  const task_id parent = tasks.spawn("parent", [&]() -> asio::awaitable<void> {
    co_await sleep_for(1s);
    self = current_task_id();
    name = current_task_name();
    tasks.spawn("child", nap(1s));
    others.spawn("stranger", nap(1h));
    running = tasks.running();
  });
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(self, parent);
  EXPECT_EQ(name, "parent");
  EXPECT_EQ(current_task_id(), 0U);
  CO_ASSERT_EQ(running.size(), 2U);
  EXPECT_EQ(running[1].parent, parent);
  EXPECT_EQ(others.running().at(0).parent, 0U);
  others.cancel_all();
  co_await others.async_join(use_awaitable);
}

ASYNC_TEST(task_monitor, keeps_stacks_if_wanted) {
  monitor tasks(co_await asio::this_coro::executor, {.stacks = true});
  const task_id id = tasks.spawn("deep", nap(1h));
  const auto stack = tasks.running().at(0).stack;
  EXPECT_GT(stack.frames().size(), 2U);
  EXPECT_EQ(stack.lines().size(), stack.frames().size());
  tasks.cancel(id);
  co_await tasks.async_join(use_awaitable);
  EXPECT_FALSE(tasks.history().at(0).task.cancelled_by->stack.empty());
}

TEST(task_monitor, can_be_asked_while_the_loop_is_blocked) {  // fact: aiomonitor
  asio::io_context loop;
  task_monitor tasks(loop, {.slow_after = 1ns});
  std::atomic<bool> blocked{false};
  std::atomic<bool> enough{false};
  const task_id id = tasks.spawn("blocks", [&]() -> asio::awaitable<void> {
    blocked = true;
    while (!enough)
      std::this_thread::yield();
    co_await sleep_for(1h);
  });
  std::thread runner([&] { loop.run(); });
  while (!blocked)
    std::this_thread::yield();
  const auto running = tasks.running();
  EXPECT_EQ(running.size(), 1U);
  EXPECT_EQ(running.at(0).state, task_state::running);
  EXPECT_TRUE(tasks.cancel(id));
  tasks.report_slow();
  EXPECT_EQ(tasks.counts().slow, 1U);
  enough = true;
  runner.join();
  EXPECT_EQ(tasks.counts().cancelled, 1U);
}

// Slow tasks

struct slow_report {
  std::string name;
  unsigned times;
  std::chrono::nanoseconds running_time;
  friend bool operator==(const slow_report&, const slow_report&) = default;
};

ASYNC_TEST(task_monitor, reports_a_slow_task_while_it_runs_and_then_less_and_less_often) {  // R8
  std::vector<slow_report> reports;
  monitor tasks(co_await asio::this_coro::executor,
                {.on_slow = [&](const task_info& task, unsigned times) {
                  reports.push_back({task.name, times, task.running_time});
                }});
  tasks.spawn("slow", nap(45s));
  tasks.spawn("quick", nap(4999ms));
  co_await sleep_for(4999ms);
  EXPECT_TRUE(reports.empty());
  co_await sleep_for(1ms);
  co_await yield(2);
  EXPECT_EQ(reports, (std::vector<slow_report>{{"slow", 1, 5s}}));
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(reports, (std::vector<slow_report>{
                         {"slow", 1, 5s}, {"slow", 2, 10s}, {"slow", 3, 20s}, {"slow", 4, 40s}}));
  EXPECT_EQ(tasks.counts().slow, 1U);
}

ASYNC_TEST(task_monitor, reports_each_slow_task_when_it_is_its_time) {
  std::vector<slow_report> reports;
  monitor tasks(co_await asio::this_coro::executor,
                {.slow_after = 2s, .on_slow = [&](const task_info& task, unsigned times) {
                   reports.push_back({task.name, times, task.running_time});
                 }});
  tasks.spawn("a", nap(5s));
  co_await sleep_for(1s);
  tasks.spawn("b", nap(3s));
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(reports, (std::vector<slow_report>{{"a", 1, 2s}, {"b", 1, 2s}, {"a", 2, 4s}}));
}

ASYNC_TEST(task_monitor, reports_at_its_end_a_task_that_blocked_the_loop) {
  std::vector<slow_report> reports;
  monitor tasks(co_await asio::this_coro::executor,
                {.on_slow = [&](const task_info& task, unsigned times) {
                  reports.push_back({task.name, times, task.running_time});
                }});
  tasks.spawn("blocks", []() -> asio::awaitable<void> {
    virtual_clock::advance(25s);
    co_return;
  });
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(reports, (std::vector<slow_report>{{"blocks", 1, 25s}}));
}

ASYNC_TEST(task_monitor, reports_no_slow_task_if_not_wanted) {
  int reports = 0;
  monitor tasks(co_await asio::this_coro::executor,
                {.slow_after = 0s, .on_slow = [&](const auto&, auto) { ++reports; }});
  tasks.spawn("slow", nap(1h));
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(reports, 0);
  EXPECT_EQ(tasks.counts().slow, 0U);
}

ASYNC_TEST(task_monitor, lets_the_loop_end_when_its_tasks_have) {  // no timer is left
  monitor tasks(co_await asio::this_coro::executor);
  const auto began = virtual_clock::now();
  tasks.spawn("quick", nap(1s));
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 1s);
}  // work that is left fails the test

// How they end

ASYNC_TEST(task_monitor, reports_a_failure_once) {
  std::vector<std::string> failures;
  monitor tasks(co_await asio::this_coro::executor,
                {.on_failure = [&](const ended_task& ended, const std::exception_ptr& error) {
                  EXPECT_THROW(std::rethrow_exception(error), std::runtime_error);
                  failures.push_back(ended.task.name + ": " + ended.what);
                }});
  tasks.spawn("bad", fail());
  tasks.spawn("good", nap(1s));
  tasks.spawn("worse", []() -> asio::awaitable<void> { throw std::runtime_error("at once"); });
  const auto awaited = co_await tasks.async_spawn("awaited", fail(), use_awaitable);
  EXPECT_EQ(awaited.error(), errc::failed);
  co_await tasks.async_join(use_awaitable);
  EXPECT_THAT(failures, testing::UnorderedElementsAre("bad: no such page", "worse: at once",
                                                      "awaited: no such page"));
  EXPECT_EQ(tasks.counts().failed, 3U);
  EXPECT_EQ(tasks.counts().succeeded, 1U);
}

ASYNC_TEST(task_monitor, whoever_waits_for_the_last_has_heard_of_all_failures) {
  std::vector<std::string> order;
  monitor tasks(co_await asio::this_coro::executor,
                {.on_failure = [&](const auto&, const auto&) { order.emplace_back("failure"); }});
  tasks.spawn("bad", fail());
  tasks.async_join([&](error_code) { order.emplace_back("joined"); });
  co_await sleep_for(1s);
  EXPECT_THAT(order, ElementsAre("failure", "joined"));
}

ASYNC_TEST(task_monitor, cancelled_is_not_failed) {  // fact e2
  int failures = 0;
  monitor tasks(co_await asio::this_coro::executor,
                {.on_failure = [&](const auto&, const auto&) { ++failures; }});
  const task_id id = tasks.spawn("waits", nap(1h));
  co_await sleep_for(1s);
  const int line = __LINE__ + 1;
  EXPECT_TRUE(tasks.cancel(id));
  EXPECT_TRUE(tasks.cancel(id));  // it has not ended yet
  EXPECT_TRUE(tasks.running().at(0).cancelled_by.has_value());
  co_await tasks.async_join(use_awaitable);
  EXPECT_FALSE(tasks.cancel(id));
  EXPECT_FALSE(tasks.cancel(4711));
  const auto ended = tasks.history().at(0);
  EXPECT_EQ(ended.outcome, task_outcome::cancelled);
  EXPECT_EQ(ended.error, asio::error::operation_aborted);
  CO_ASSERT_TRUE(ended.task.cancelled_by.has_value());
  EXPECT_EQ(ended.task.cancelled_by->location.line, line);  // the first who did
  EXPECT_EQ(ended.task.running_time, 1s);
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(tasks.counts().failed, 0U);
  EXPECT_EQ(tasks.counts().cancelled, 1U);
}

ASYNC_TEST(task_monitor, tells_a_cancellation_that_nobody_asked_for) {
  monitor tasks(co_await asio::this_coro::executor);
  tasks.spawn("odd", []() -> asio::awaitable<void> {
    co_await yield();
    throw boost::system::system_error(asio::error::operation_aborted);
  });
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(tasks.history().at(0).outcome, task_outcome::cancelled);
  EXPECT_FALSE(tasks.history().at(0).task.cancelled_by.has_value());
}

ASYNC_TEST(task_monitor, what_counts_is_how_a_task_ends_not_what_it_was_asked) {
  monitor tasks(co_await asio::this_coro::executor);
  const auto stubborn = [](bool fails) -> asio::awaitable<void> {
    try {
      co_await sleep_for(1h);
    } catch (const boost::system::system_error&) {
    }
    if (fails) throw std::logic_error("on the way out");
  };
  tasks.spawn("finishes", [&] { return stubborn(false); });
  tasks.spawn("fails", [&] { return stubborn(true); });
  co_await sleep_for(1s);
  EXPECT_EQ(tasks.cancel_all(), 2U);
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(tasks.history().at(0).outcome, task_outcome::succeeded);
  EXPECT_TRUE(tasks.history().at(0).task.cancelled_by.has_value());
  EXPECT_EQ(tasks.history().at(1).outcome, task_outcome::failed);
}

ASYNC_TEST(task_monitor, knows_which_task_cancelled_another) {
  monitor tasks(co_await asio::this_coro::executor);
  const task_id victim = tasks.spawn("victim", nap(1h));
  const task_id killer = tasks.spawn("killer", [&]() -> asio::awaitable<void> {
    co_await sleep_for(1s);
    tasks.cancel(victim);
  });
  co_await tasks.async_join(use_awaitable);
  for (const auto& ended : tasks.history())
    if (ended.task.id == victim) {
      CO_ASSERT_TRUE(ended.task.cancelled_by.has_value());
      EXPECT_EQ(ended.task.cancelled_by->task, killer);
    }
}

ASYNC_TEST(task_monitor, a_task_may_be_cancelled_before_its_first_step) {
  monitor tasks(co_await asio::this_coro::executor);
  const task_id id = tasks.spawn("early", nap(1h));
  EXPECT_TRUE(tasks.cancel(id));
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(tasks.counts().cancelled, 1U);
}

ASYNC_TEST(task_monitor, survives_what_its_callbacks_throw) {
  monitor tasks(
      co_await asio::this_coro::executor,
      {.slow_after = 1s,
       .on_slow = [](const auto&, auto) { throw std::runtime_error("slow"); },
       .on_failure = [](const auto&, const auto&) { throw std::runtime_error("failure"); }});
  tasks.spawn("bad", []() -> asio::awaitable<void> {
    co_await sleep_for(2s);
    throw std::runtime_error("bad");
  });
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(tasks.counts().failed, 1U);
  EXPECT_EQ(tasks.counts().slow, 1U);
}

ASYNC_TEST(task_monitor, may_be_used_within_its_callbacks) {  // R6: no lock is held
  std::optional<monitor> tasks;
  std::size_t seen = 0;
  tasks.emplace(co_await asio::this_coro::executor,
                task_monitor_options{.slow_after = 1s,
                                     .on_slow =
                                         [&](const task_info& task, unsigned) {
                                           seen += tasks->running().size();
                                           tasks->cancel(task.id);
                                         },
                                     .on_failure =
                                         [&](const auto&, const auto&) {
                                           seen += tasks->history().size();
                                           tasks->spawn("next", nap(1ms));
                                         }});
  tasks->spawn("slow", nap(1h));
  tasks->spawn("bad", fail());
  co_await tasks->async_join(use_awaitable);
  EXPECT_EQ(seen, 2U);
  EXPECT_EQ(tasks->counts().succeeded, 1U);
}

// The history

// fact e1: 1001 finished: 1000, oldest gone
ASYNC_TEST(task_monitor, remembers_the_last_thousand) {
  monitor tasks(co_await asio::this_coro::executor);
  for (int i = 0; i < 1'001; ++i)
    tasks.spawn(std::to_string(i), nap(std::chrono::milliseconds(i)));
  co_await tasks.async_join(use_awaitable);
  const auto history = tasks.history();
  CO_ASSERT_EQ(history.size(), 1'000U);
  EXPECT_EQ(history.front().task.name, "1");
  EXPECT_EQ(history.back().task.name, "1000");
  EXPECT_EQ(tasks.counts().succeeded, 1'001U);
}

ASYNC_TEST(task_monitor, remembers_as_many_as_wanted) {
  monitor none(co_await asio::this_coro::executor, {.history = 0});
  monitor two(co_await asio::this_coro::executor, {.history = 2});
  for (int i = 0; i < 3; ++i) {
    none.spawn("x", nap(1ms));
    two.spawn(std::to_string(i), nap(std::chrono::milliseconds(i)));
  }
  co_await none.async_join(use_awaitable);
  co_await two.async_join(use_awaitable);
  EXPECT_TRUE(none.history().empty());
  CO_ASSERT_EQ(two.history().size(), 2U);
  EXPECT_EQ(two.history()[0].task.name, "1");
}

ASYNC_TEST(task_monitor, keeps_nothing_of_the_user_when_a_task_has_ended) {
  monitor tasks(co_await asio::this_coro::executor);
  const auto held = std::make_shared<int>(0);
  tasks.spawn("holds", [held]() -> asio::awaitable<void> {
    co_await yield();
    throw held;
  });
  co_await tasks.async_join(use_awaitable);
  co_await yield(5);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(tasks.history().at(0).what, "something that is no std::exception");
}

// Results

ASYNC_TEST(task_monitor, gives_the_result_to_whoever_waits_for_it) {
  monitor tasks(co_await asio::this_coro::executor);
  const auto began = virtual_clock::now();
  auto result = co_await tasks.async_spawn("value", value_after(2s, 7), use_awaitable);
  EXPECT_EQ(result.value(), 7);
  EXPECT_EQ(virtual_clock::now() - began, 2s);
  EXPECT_TRUE((co_await tasks.async_spawn("none", nap(1s), use_awaitable)).has_value());
  EXPECT_THROW((co_await tasks.async_spawn("bad", fail(), use_awaitable)).value(),
               std::runtime_error);
  const auto moved = co_await tasks.async_spawn(
      "moved",
      []() -> asio::awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(1); },
      use_awaitable);
  EXPECT_EQ(*moved.value(), 1);
}

ASYNC_TEST(task_monitor, whoever_waits_for_a_result_can_cancel_the_task) {  // X6
  monitor tasks(co_await asio::this_coro::executor);
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::all}) {
    asio::cancellation_signal signal;
    error_code how;
    tasks.async_spawn("waits", nap(1h),
                      asio::bind_cancellation_slot(
                          signal.slot(), [&](const outcome<>& ended) { how = ended.error(); }));
    co_await sleep_for(1s);
    signal.emit(asio::cancellation_type::none);
    signal.emit(asio::cancellation_type::total);  // something may have happened already
    co_await yield(10);
    EXPECT_EQ(tasks.counts().running, 1U);
    signal.emit(type);
    co_await tasks.async_join(use_awaitable);
    co_await yield(2);
    EXPECT_EQ(how, asio::error::operation_aborted);
    EXPECT_EQ(tasks.history().back().task.cancelled_by->location.line, 0);
    signal.emit(type);  // nobody is there any more
  }
  EXPECT_EQ(tasks.counts().cancelled, 3U);
}

ASYNC_TEST(task_monitor, works_with_every_kind_of_token) {  // X7
  monitor tasks(co_await asio::this_coro::executor);
  auto future = tasks.async_spawn("future", value_after(0s, 1), asio::use_future);
  int called = 0;
  tasks.async_spawn("callback", value_after(0s, 2),
                    [&](const outcome<int>& ended) { called += ended.value(); });
  tasks.async_spawn("deferred", value_after(0s, 3),
                    asio::deferred)([&](const outcome<int>& ended) { called += ended.value(); });
  const auto [tuple] =
      co_await tasks.async_spawn("tuple", value_after(0s, 4), asio::as_tuple(use_awaitable));
  EXPECT_EQ(tuple.value(), 4);
  co_await tasks.async_join(use_awaitable);
  co_await yield(2);
  EXPECT_EQ(future.get().value(), 1);
  EXPECT_EQ(called, 5);
}

TEST(task_monitor, gives_results_where_the_handler_belongs) {  // X1
  asio::io_context loop;
  asio::io_context elsewhere;
  const tracking_executor<> tracked(elsewhere.get_executor());
  task_monitor tasks(loop);
  int called = 0;
  tasks.async_spawn(
      "task", []() -> asio::awaitable<void> { co_return; },
      asio::bind_executor(tracked, [&](const outcome<>&) {
        EXPECT_TRUE(tracking_executor<>::runs_here());
        ++called;
      }));
  EXPECT_EQ(elsewhere.poll(), 0U);
  EXPECT_FALSE(elsewhere.stopped());  // it has work as long as the task runs
  loop.run();
  EXPECT_EQ(called, 0);
  elsewhere.run();
  EXPECT_EQ(called, 1);
}

TEST(task_monitor, starts_nothing_within_spawn) {  // X1
  asio::io_context loop;
  task_monitor tasks(loop);
  bool started = false;
  asio::post(loop, [&] {
    tasks.spawn("late", [&]() -> asio::awaitable<void> {
      started = true;
      co_return;
    });
    EXPECT_FALSE(started);
  });
  loop.run();
  EXPECT_TRUE(started);
}

// Joining and closing

ASYNC_TEST(task_monitor, a_wait_for_all_ends_with_the_last) {
  monitor tasks(co_await asio::this_coro::executor);
  co_await tasks.async_join(use_awaitable);  // none: at once
  const auto began = virtual_clock::now();
  tasks.spawn("a", nap(1s));
  tasks.spawn("b", nap(3s));
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 3s);
}

ASYNC_TEST(task_monitor, a_wait_for_all_may_have_a_deadline_and_be_cancelled) {
  monitor tasks(co_await asio::this_coro::executor);
  tasks.spawn("long", nap(1h));
  const auto [late] = co_await tasks.async_join_for(2s, asio::as_tuple(use_awaitable));
  EXPECT_EQ(late, errc::timed_out);
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {  // X6
    asio::cancellation_signal signal;
    error_code how;
    tasks.async_join(
        asio::bind_cancellation_slot(signal.slot(), [&](error_code error) { how = error; }));
    signal.emit(type);
    EXPECT_FALSE(how);
    co_await yield(2);
    EXPECT_EQ(how, asio::error::operation_aborted);
  }
  EXPECT_EQ(tasks.counts().running, 1U);
  tasks.cancel_all();
  co_await tasks.async_join(use_awaitable);
}

ASYNC_TEST(task_monitor, a_task_does_not_wait_for_itself) {
  monitor tasks(co_await asio::this_coro::executor);
  error_code how;
  tasks.spawn("own", [&]() -> asio::awaitable<void> {
    std::tie(how) = co_await tasks.async_join(asio::as_tuple(use_awaitable));
  });
  co_await tasks.async_join(use_awaitable);
  EXPECT_EQ(how, boost::system::errc::resource_deadlock_would_occur);
}

template <class Executor>
struct joined {
  explicit joined(const Executor& executor) : tasks(executor) {}
  template <class Token = asio::default_completion_token_t<Executor>>
  auto start(Token&& token = {}) {
    return tasks.async_join(std::forward<Token>(token));
  }
  basic_task_monitor<Executor> tasks;
};

TEST(task_monitor, is_joined_with_every_kind_of_token) { expect_every_token<joined>(); }  // X7

ASYNC_TEST(task_monitor, takes_nothing_after_close) {  // R7, R10
  monitor tasks(co_await asio::this_coro::executor);
  tasks.spawn("goes on", nap(1s));
  tasks.close();
  tasks.close();
  EXPECT_TRUE(tasks.is_closed());
  bool started = false;
  const auto task = [&]() -> asio::awaitable<void> {
    started = true;
    co_return;
  };
  EXPECT_EQ(tasks.spawn("late", task), 0U);
  const auto refused = co_await tasks.async_spawn("late", task, use_awaitable);
  EXPECT_EQ(refused.error(), errc::closed);
  co_await tasks.async_join(use_awaitable);
  EXPECT_FALSE(started);
  EXPECT_EQ(tasks.counts().succeeded, 1U);
  EXPECT_EQ(tasks.history().size(), 1U);
}

// Ends

ASYNC_TEST(task_monitor, its_destructor_cancels_the_tasks_and_ends_the_waits) {  // X9
  error_code how;
  error_code of_task;
  const auto began = virtual_clock::now();
  {
    monitor tasks(co_await asio::this_coro::executor);
    tasks.spawn("task", [&]() -> asio::awaitable<void> {
      try {
        co_await sleep_for(1h);
      } catch (const boost::system::system_error& error) {
        of_task = error.code();
      }
    });
    tasks.async_join([&](error_code error) { how = error; });
    co_await yield(10);
  }
  co_await yield(10);
  EXPECT_EQ(how, asio::error::operation_aborted);
  EXPECT_EQ(of_task, asio::error::operation_aborted);
  EXPECT_EQ(virtual_clock::now(), began);
}

TEST(task_monitor, tasks_are_destroyed_with_their_context) {  // X2
  auto loop = std::make_unique<asio::io_context>();
  monitor tasks(*loop);
  const auto held = std::make_shared<int>(0);
  int called = 0;
  const auto waits = [held]() -> asio::awaitable<void> { co_await sleep_for(1h); };
  tasks.spawn("suspended", waits);
  tasks.async_spawn("awaited", waits, [&, held](const outcome<>&) { ++called; });
  loop->poll();
  tasks.spawn("never begun", waits);
  tasks.async_join([&, held](error_code) { ++called; });
  EXPECT_GT(held.use_count(), 2);
  loop.reset();
  EXPECT_EQ(held.use_count(), 2);  // and `waits`
  EXPECT_EQ(called, 0);
  EXPECT_TRUE(tasks.running().empty());
  EXPECT_EQ(tasks.counts().destroyed, 3U);
  EXPECT_EQ(tasks.history().at(0).outcome, task_outcome::destroyed);
}

asio::awaitable<void> a_bit_of_everything() {
  monitor tasks(co_await asio::this_coro::executor, {.slow_after = 1s, .history = 2}, "all");
  for (int i = 0; i < 4; ++i)
    tasks.spawn(std::to_string(i), [i]() -> asio::awaitable<void> {
      co_await sleep_for(std::chrono::seconds(i * 2));
      if (i == 2) throw std::runtime_error("two");
    });
  tasks.cancel(2);
  asio::cancellation_signal signal;
  tasks.async_spawn("result", value_after(3s, 1),
                    asio::bind_cancellation_slot(signal.slot(), [](const outcome<int>&) {}));
  co_await sleep_for(1s);
  signal.emit(asio::cancellation_type::terminal);
  (void)co_await tasks.async_join_for(2s, asio::as_tuple(use_awaitable));
  EXPECT_EQ((co_await tasks.async_spawn("last", value_after(1s, 3), use_awaitable)).value(), 3);
  co_await tasks.async_join(use_awaitable);
  const auto counts = tasks.counts();
  EXPECT_EQ(counts.succeeded + counts.failed + counts.cancelled, 6U);
}

TEST(task_monitor, ends_wherever_its_loop_ends) {  // X2, X5
  EXPECT_GT(tear_down_everywhere(a_bit_of_everything), 20U);
}

// X3
TEST(task_monitor, loses_nothing_in_any_order) { run_shuffled(a_bit_of_everything, 50); }

TEST(task_monitor, refuses_senseless_options) {  // R9
  asio::io_context loop;
  try {
    task_monitor tasks(loop, {.slow_after = -1ns});
    FAIL();
  } catch (const config_error& error) {
    EXPECT_EQ(error.field(), "task_monitor.slow_after");
  }
}

ASYNC_TEST(task_monitor, is_seen_when_it_has_a_name) {
  monitor tasks(co_await asio::this_coro::executor, {.slow_after = 1s}, "service");
  tasks.spawn("good", nap(1ms));
  tasks.spawn("bad", fail());
  const task_id id = tasks.spawn("waits", nap(1h));
  co_await sleep_for(2s);
  tasks.async_join([](error_code) {});
  auto seen = described("service");
  EXPECT_EQ(seen.kind, resource_kind::task_monitor);
  EXPECT_EQ(seen.state, "open");
  EXPECT_EQ(attribute(seen, "running"), 1);
  EXPECT_EQ(attribute(seen, "finished"), 2);
  EXPECT_EQ(attribute(seen, "failed"), 1);
  EXPECT_EQ(attribute(seen, "cancelled"), 0);
  EXPECT_EQ(attribute(seen, "slow"), 1);
  EXPECT_EQ(attribute(seen, "oldest_seconds"), 2);
  EXPECT_EQ(seen.waiters.size(), 1U);
  EXPECT_EQ(seen.holders.size(), 1U);
  tasks.cancel(id);
  co_await tasks.async_join(use_awaitable);
  seen = described("service");
  EXPECT_EQ(attribute(seen, "running"), 0);
  EXPECT_EQ(attribute(seen, "cancelled"), 1);
}

class listener final : public observer {
 public:
  std::uint64_t current_task() noexcept override { return 4711; }
  void began(resource_id, resource_kind, std::string_view) noexcept override {}
  void ended(const resource_description&) noexcept override {}
  void wait_began(resource_id, std::uint64_t) noexcept override {}
  void wait_ended(resource_id, std::uint64_t, std::chrono::steady_clock::duration,
                  wait_outcome) noexcept override {}
  void happened(resource_id, const char* what, std::int64_t value) noexcept override {
    heard.emplace_back(what, value);
  }
  std::vector<std::pair<std::string, std::int64_t>> heard;
};

ASYNC_TEST(task_monitor, tells_the_observer) {
  listener ears;
  install_observer(&ears);
  {
    monitor tasks(co_await asio::this_coro::executor, {.slow_after = 1s}, "heard");
    tasks.spawn("waits", nap(1h));
    tasks.spawn("bad", fail());
    co_await sleep_for(1500ms);
    EXPECT_EQ(tasks.running().at(0).observed_as, 4711U);
    tasks.cancel(1);
    co_await tasks.async_join(use_awaitable);
  }
  install_observer(nullptr);
  const std::vector<std::pair<std::string, std::int64_t>> expected{
      {"failed", 2}, {"slow", 1}, {"cancelled", 1}};
  EXPECT_EQ(ears.heard, expected);
}

// On one thread, without a lock, and with coroutines of the executor's own type

TEST(task_monitor, works_without_a_mutex) {
  using executor = asio::io_context::executor_type;
  asio::io_context loop(1);
  basic_task_monitor<executor, null_mutex> tasks(loop);
  int result = 0;
  const auto typed = []() -> asio::awaitable<int, executor> {
    co_await asio::post(asio::use_awaitable_t<executor>());
    co_return 5;
  };
  tasks.async_spawn("typed", typed, [&](const outcome<int>& ended) { result += ended.value(); });
  tasks.async_spawn("any", value_after(0s, 2),
                    [&](const outcome<int>& ended) { result += ended.value(); });
  loop.run();
  EXPECT_EQ(result, 7);
}

TEST(task_monitor, is_used_from_many_threads) {
  asio::thread_pool loop(2);
  std::atomic<int> failures{0};
  task_monitor tasks(loop,
                     {.slow_after = 1us,
                      .history = 100,
                      .measure_runs = true,
                      .on_failure = [&](const auto&, const auto&) { ++failures; }},
                     "threads");
  constexpr int each = 300;
  std::vector<std::thread> threads;
  for (int which = 0; which < 3; ++which)
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        const task_id id = tasks.spawn("task", [i]() -> asio::awaitable<void> {
          co_await yield(static_cast<std::size_t>(i % 4));
          if (i % 5 == 0) throw std::runtime_error("five");
        });
        if (i % 3 == 0) tasks.cancel(id);
        if (i % 50 == 0) {
          for (const auto& task : tasks.running())
            EXPECT_EQ(task.name, "task");
          EXPECT_LE(tasks.history().size(), 100U);
          tasks.report_slow();
          describe_resources();
        }
      }
    });
  for (auto& thread : threads)
    thread.join();
  tasks.async_join(asio::use_future).get();
  const auto counts = tasks.counts();
  EXPECT_EQ(counts.succeeded + counts.failed + counts.cancelled, 3U * each);
  EXPECT_EQ(counts.failed, static_cast<std::uint64_t>(failures));
  loop.join();
}

}  // namespace
}  // namespace asioscope::core::tests
