// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/task_pool.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace {
namespace asio = boost::asio;
using namespace asioscope::core;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;
using asio::use_awaitable;

template <class T = int, class Id = std::uint64_t>
using pool = basic_task_pool<T, Id, asio::any_io_executor, std::mutex, virtual_clock>;

asio::awaitable<int> after(std::chrono::seconds time, int value) {
  co_await sleep_for(time);
  co_return value;
}

asio::awaitable<int> at_once(int value) { co_return value; }

std::vector<int> values(std::vector<pool<>::result>& results) {
  std::vector<int> all;
  for (auto& each : results)
    all.push_back(each.result.has_value() ? each.result.value() : -1);
  return all;
}

ASYNC_TEST(task_pool, gives_all_results_in_order_and_errors_in_their_places) {  // case 18
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 5});
  int running = 0;
  int peak = 0;
  for (int i = 0; i < 10; ++i)
    co_await tasks.async_submit(
        [&, i]() -> asio::awaitable<int> {
          peak = std::max(peak, ++running);
          co_await sleep_for(std::chrono::seconds(20 - i));
          --running;
          if (i == 3) throw std::runtime_error("three");
          if (i == 7) throw std::logic_error("seven");
          co_return i;
        },
        use_awaitable);
  auto results = co_await tasks.async_gather(use_awaitable);
  CO_ASSERT_EQ(results.size(), 10U);
  for (int i = 0; i < 10; ++i) {
    auto& one = results[static_cast<std::size_t>(i)];
    EXPECT_EQ(one.sequence, static_cast<std::uint64_t>(i) + 1);
    if (i == 3)
      EXPECT_THROW(one.result.value(), std::runtime_error);
    else if (i == 7)
      EXPECT_THROW(one.result.value(), std::logic_error);
    else
      EXPECT_EQ(one.result.value(), i);
  }
  EXPECT_EQ(peak, 5);
  EXPECT_TRUE((co_await tasks.async_gather(use_awaitable)).empty());
}

ASYNC_TEST(task_pool, gives_results_in_order_of_completion_if_wanted) {
  pool<> tasks(co_await asio::this_coro::executor,
               {.concurrency = 5, .order = result_order::completion});
  for (const int delay : {2, 4, 1, 3, 5})
    co_await tasks.async_submit(after(std::chrono::seconds(delay), delay), use_awaitable);
  const auto began = virtual_clock::now();
  for (int expected = 1; expected <= 5; ++expected) {
    auto next = co_await tasks.async_next(use_awaitable);
    CO_ASSERT_TRUE(next.has_value());
    EXPECT_EQ(next->result.value(), expected);
    EXPECT_EQ(virtual_clock::now() - began, std::chrono::seconds(expected));
  }
  EXPECT_FALSE((co_await tasks.async_next(use_awaitable)).has_value());
}

ASYNC_TEST(task_pool, the_next_in_order_of_submission_waits_for_those_before) {
  pool<> tasks(co_await asio::this_coro::executor, {});
  co_await tasks.async_submit(after(2s, 1), use_awaitable);
  co_await tasks.async_submit(after(1s, 2), use_awaitable);
  co_await sleep_for(1500ms);
  EXPECT_FALSE(tasks.try_next().has_value());
  EXPECT_EQ((co_await tasks.async_next(use_awaitable))->result.value(), 1);
  EXPECT_EQ(tasks.try_next()->result.value(), 2);
}

ASYNC_TEST(task_pool, a_submission_waits_for_room) {
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1, .queued = 1});
  EXPECT_TRUE(tasks.try_submit(after(1s, 1)));
  EXPECT_TRUE(tasks.try_submit(after(1s, 2)));
  EXPECT_FALSE(tasks.try_submit(after(1s, 3)));
  const auto began = virtual_clock::now();
  EXPECT_EQ(co_await tasks.async_submit(after(1s, 3), use_awaitable), 3U);
  EXPECT_EQ(virtual_clock::now() - began, 1s);
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(values(results), (std::vector{1, 2, 3}));
  EXPECT_EQ(virtual_clock::now() - began, 3s);
}

ASYNC_TEST(task_pool, never_runs_more_than_it_may) {  // fact c2
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 5, .queued = 1000});
  std::size_t peak = 0;
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(tasks.try_submit([&, i]() -> asio::awaitable<int> {
      peak = std::max(peak, tasks.counts().running);
      co_await sleep_for(std::chrono::milliseconds(i % 7));
      co_return i;
    }));
  EXPECT_EQ((co_await tasks.async_gather(use_awaitable)).size(), 100U);
  EXPECT_EQ(peak, 5U);
}

ASYNC_TEST(task_pool, counts_as_pqueue_does) {  // fact c1: size 1, pending 2
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 2, .queued = 10});
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(tasks.try_submit(after(1s, i)));
  EXPECT_EQ(tasks.counts().queued, 1U);
  EXPECT_EQ(tasks.counts().running, 2U);
  co_await tasks.async_gather(use_awaitable);
}

ASYNC_TEST(task_pool, what_a_function_throws_before_it_waits_is_its_result) {  // R10
  pool<> tasks(co_await asio::this_coro::executor, {});
  co_await tasks.async_submit(
      []() -> asio::awaitable<int> { throw std::runtime_error("no coroutine at all"); },
      use_awaitable);
  auto results = co_await tasks.async_gather(use_awaitable);
  CO_ASSERT_EQ(results.size(), 1U);
  EXPECT_THROW(results[0].result.value(), std::runtime_error);
  EXPECT_EQ(results[0].result.error(), errc::failed);
}

ASYNC_TEST(task_pool, is_never_started_within_submit) {  // X1
  pool<> tasks(co_await asio::this_coro::executor, {});
  bool started = false;
  EXPECT_TRUE(tasks.try_submit([&]() -> asio::awaitable<int> {
    started = true;
    co_return 1;
  }));
  EXPECT_FALSE(started);
  co_await tasks.async_gather(use_awaitable);
  EXPECT_TRUE(started);
}

ASYNC_TEST(task_pool, an_id_is_used_once_at_a_time) {
  pool<int, std::string> tasks(co_await asio::this_coro::executor, {});
  EXPECT_EQ(co_await tasks.async_submit(after(1s, 1), std::string("a"), use_awaitable), "a");
  const auto [error, id] =
      co_await tasks.async_submit(after(1s, 2), std::string("a"), asio::as_tuple(use_awaitable));
  EXPECT_EQ(error, errc::duplicate);
  auto results = co_await tasks.async_gather(use_awaitable);
  CO_ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].id, "a");
  co_await tasks.async_submit(after(1s, 3), std::string("a"), use_awaitable);
  EXPECT_EQ((co_await tasks.async_gather(use_awaitable)).size(), 1U);
}

ASYNC_TEST(task_pool, half_of_the_tasks_may_be_cancelled) {  // fact c3
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 16});
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 16; ++i)
    ids.push_back(co_await tasks.async_submit(after(1s, i), use_awaitable));
  for (std::size_t i = 1; i < 16; i += 2)
    EXPECT_TRUE(tasks.cancel_task(ids[i]));
  auto results = co_await tasks.async_gather(use_awaitable);
  CO_ASSERT_EQ(results.size(), 16U);
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(results[i].result.is_cancelled(), i % 2 == 1);
    if (i % 2 == 0) {
      EXPECT_EQ(results[i].result.value(), static_cast<int>(i));
    }
  }
  EXPECT_FALSE(tasks.cancel_task(ids[0]));
}

ASYNC_TEST(task_pool, a_queued_task_that_is_cancelled_is_never_started) {
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1, .queued = 2});
  bool started = false;
  EXPECT_TRUE(tasks.try_submit(after(1s, 1)));
  const auto id = co_await tasks.async_submit(
      [&]() -> asio::awaitable<int> {
        started = true;
        co_return 2;
      },
      use_awaitable);
  EXPECT_TRUE(tasks.cancel_task(id));
  EXPECT_EQ(tasks.counts().queued, 0U);
  auto results = co_await tasks.async_gather(use_awaitable);
  CO_ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[1].result.is_cancelled());
  EXPECT_FALSE(started);
}

ASYNC_TEST(task_pool, a_task_that_is_cancelled_before_its_first_step_is_never_started) {
  pool<> tasks(co_await asio::this_coro::executor, {});
  bool started = false;
  EXPECT_TRUE(tasks.try_submit([&]() -> asio::awaitable<int> {
    started = true;
    co_return 2;
  }));
  tasks.cancel_tasks();
  auto results = co_await tasks.async_gather(use_awaitable);
  CO_ASSERT_EQ(results.size(), 1U);
  // It was to be started before it was cancelled; what counts is that it ended, once.
  EXPECT_EQ(started, results[0].result.has_value());
}

ASYNC_TEST(task_pool, the_first_error_cancels_the_rest_if_wanted) {
  pool<> tasks(co_await asio::this_coro::executor,
               {.concurrency = 3, .queued = 1, .cancel_on_error = true});
  const auto began = virtual_clock::now();
  EXPECT_TRUE(tasks.try_submit(after(1h, 1)));
  EXPECT_TRUE(tasks.try_submit([]() -> asio::awaitable<int> {
    co_await sleep_for(1s);
    throw std::runtime_error("second");
  }));
  EXPECT_TRUE(tasks.try_submit(after(1h, 3)));
  EXPECT_TRUE(tasks.try_submit(after(1h, 4)));
  const auto [waited, id] =
      co_await tasks.async_submit(after(1h, 5), asio::as_tuple(use_awaitable));
  EXPECT_EQ(waited, errc::rejected);
  EXPECT_FALSE(tasks.try_submit(after(1h, 6)));
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 1s);
  CO_ASSERT_EQ(results.size(), 4U);
  EXPECT_TRUE(results[0].result.is_cancelled());
  EXPECT_FALSE(results[1].result.is_cancelled());
  EXPECT_TRUE(results[2].result.is_cancelled());
  EXPECT_TRUE(results[3].result.is_cancelled());
  EXPECT_TRUE(tasks.try_submit(after(1s, 7)));
  EXPECT_EQ((co_await tasks.async_gather(use_awaitable)).size(), 1U);
}

ASYNC_TEST(task_pool, a_task_takes_no_longer_than_its_timeout) {  // R8
  pool<> tasks(co_await asio::this_coro::executor, {.timeout = 2s});
  const auto began = virtual_clock::now();
  submit_options<> longer;
  longer.timeout = 10s;
  co_await tasks.async_submit(after(1s, 1), use_awaitable);
  co_await tasks.async_submit(after(3s, 2), use_awaitable);
  co_await tasks.async_submit(after(5s, 3), longer, use_awaitable);
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 5s);
  EXPECT_EQ(values(results), (std::vector{1, -1, 3}));
  EXPECT_EQ(results[1].result.error(), errc::timed_out);
}

ASYNC_TEST(task_pool, every_wait_may_have_a_deadline) {  // R8
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1});
  co_await tasks.async_submit(after(10s, 1), use_awaitable);
  bool started = false;
  const auto late = [&started]() -> asio::awaitable<int> {
    started = true;
    co_return 2;
  };
  const auto begin = virtual_clock::now();
  const auto [refused, id] =
      co_await tasks.async_submit_for(late, {}, 1s, asio::as_tuple(use_awaitable));
  EXPECT_EQ(refused, errc::timed_out);
  const auto [none_yet, next] = co_await tasks.async_next_for(1s, asio::as_tuple(use_awaitable));
  EXPECT_EQ(none_yet, errc::timed_out);
  EXPECT_FALSE(next.has_value());
  const auto [not_all, results] =
      co_await tasks.async_gather_until(begin + 3s, asio::as_tuple(use_awaitable));
  EXPECT_EQ(not_all, errc::timed_out);
  EXPECT_TRUE(results.empty());
  EXPECT_EQ(virtual_clock::now() - begin, 3s);
  EXPECT_EQ(tasks.counts().waiting_to_submit, 0U);

  // In time, and nothing has been taken by the waits that were not.
  co_await tasks.async_submit_for(at_once(3), {}, 1h, use_awaitable);
  auto all = co_await tasks.async_gather_for(1h, use_awaitable);
  EXPECT_EQ(values(all), (std::vector{1, 3}));
  EXPECT_FALSE(started);
}

ASYNC_TEST(task_pool, starts_nothing_while_it_is_paused) {
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 2, .queued = 2});
  EXPECT_TRUE(tasks.try_submit(after(1s, 1)));
  tasks.pause();
  EXPECT_TRUE(tasks.try_submit(after(1s, 2)));
  co_await sleep_for(10s);
  EXPECT_EQ(tasks.counts().running, 0U);
  EXPECT_EQ(tasks.counts().queued, 1U);
  EXPECT_EQ(tasks.counts().results, 1U);
  tasks.resume();
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(values(results), (std::vector{1, 2}));
}

ASYNC_TEST(task_pool, may_be_resized) {
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1, .queued = 10});
  for (int i = 0; i < 6; ++i)
    EXPECT_TRUE(tasks.try_submit(after(1s, i)));
  tasks.resize(3);
  EXPECT_EQ(tasks.counts().running, 3U);
  tasks.resize(1);
  EXPECT_EQ(tasks.counts().running, 3U);
  co_await sleep_for(1500ms);
  EXPECT_EQ(tasks.counts().running, 1U);
  co_await tasks.async_gather(use_awaitable);
  EXPECT_THROW(tasks.resize(0), config_error);
}

ASYNC_TEST(task_pool, the_most_urgent_of_those_queued_is_next) {
  pool<> tasks(co_await asio::this_coro::executor,
               {.concurrency = 1, .queued = 10, .order = result_order::completion});
  EXPECT_TRUE(tasks.try_submit(at_once(0)));
  for (const int priority : {1, 3, 2, 3}) {
    submit_options<> options;
    options.priority = priority;
    EXPECT_TRUE(tasks.try_submit(at_once(priority), options));
  }
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(values(results), (std::vector{0, 3, 3, 2, 1}));
}

ASYNC_TEST(task_pool, a_cancelled_gathering_loses_nothing) {  // R3
  pool<> tasks(co_await asio::this_coro::executor, {});
  EXPECT_TRUE(tasks.try_submit(after(1s, 1)));
  EXPECT_TRUE(tasks.try_submit(after(3s, 2)));
  asio::cancellation_signal signal;
  error_code how;
  tasks.async_gather(
      asio::bind_cancellation_slot(signal.slot(), [&](error_code error, const auto& results) {
        how = error;
        EXPECT_TRUE(results.empty());
      }));
  co_await sleep_for(2s);
  signal.emit(asio::cancellation_type::total);
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(how, asio::error::operation_aborted);
  EXPECT_EQ(values(results), (std::vector{1, 2}));
}

ASYNC_TEST(task_pool, a_cancelled_submission_starts_nothing) {  // R3
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1});
  EXPECT_TRUE(tasks.try_submit(after(1s, 1)));
  asio::cancellation_signal signal;
  error_code how;
  tasks.async_submit(
      after(1s, 2),
      asio::bind_cancellation_slot(signal.slot(), [&](error_code error, auto) { how = error; }));
  signal.emit(asio::cancellation_type::partial);
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(how, asio::error::operation_aborted);
  EXPECT_EQ(values(results), std::vector{1});
}

ASYNC_TEST(task_pool, keeps_so_many_results_and_makes_submitters_wait) {
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 2, .max_results = 2});
  EXPECT_TRUE(tasks.try_submit(at_once(1)));
  EXPECT_TRUE(tasks.try_submit(at_once(2)));
  co_await yield(20);
  EXPECT_EQ(tasks.counts().results, 2U);
  EXPECT_FALSE(tasks.try_submit(at_once(3)));
  bool submitted = false;
  tasks.async_submit(at_once(3), [&](error_code error, auto) {
    EXPECT_FALSE(error);
    submitted = true;
  });
  co_await yield(20);
  EXPECT_FALSE(submitted);
  EXPECT_EQ((co_await tasks.async_next(use_awaitable))->result.value(), 1);
  auto rest = co_await tasks.async_gather(use_awaitable);
  EXPECT_TRUE(submitted);
  EXPECT_EQ(values(rest), (std::vector{2, 3}));
}

ASYNC_TEST(task_pool, drops_the_oldest_results_if_wanted) {
  pool<> tasks(co_await asio::this_coro::executor,
               {.concurrency = 1, .max_results = 2, .drop_oldest = true});
  for (int i = 0; i < 5; ++i)
    co_await tasks.async_submit(at_once(i), use_awaitable);
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(values(results), (std::vector{3, 4}));
  EXPECT_EQ(tasks.counts().results_dropped, 3U);
}

ASYNC_TEST(task_pool, takes_nothing_after_close_and_ends_what_it_has) {  // R7
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1, .queued = 1});
  EXPECT_TRUE(tasks.try_submit(after(1s, 1)));
  EXPECT_TRUE(tasks.try_submit(after(1s, 2)));
  error_code how;
  tasks.async_submit(after(1s, 3), [&](error_code error, auto) { how = error; });
  tasks.close();
  tasks.close();
  EXPECT_FALSE(tasks.try_submit(at_once(4)));
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(how, errc::closed);
  EXPECT_EQ(values(results), (std::vector{1, 2}));
  EXPECT_TRUE(tasks.is_closed());
}

ASYNC_TEST(task_pool, its_destructor_cancels_the_tasks_and_ends_the_waits) {  // X9
  error_code how;
  error_code of_task;
  const auto began = virtual_clock::now();
  {
    pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1, .queued = 1});
    EXPECT_TRUE(tasks.try_submit([&]() -> asio::awaitable<int> {
      try {
        co_await sleep_for(1h);
      } catch (const boost::system::system_error& error) {
        of_task = error.code();
        throw;
      }
      co_return 1;
    }));
    EXPECT_TRUE(tasks.try_submit(after(1h, 2)));
    tasks.async_gather([&](error_code error, const auto&) { how = error; });
    co_await yield(20);
  }
  co_await yield(20);
  EXPECT_EQ(how, asio::error::operation_aborted);
  EXPECT_EQ(of_task, asio::error::operation_aborted);
  EXPECT_EQ(virtual_clock::now(), began);
}

ASYNC_TEST(task_pool, works_with_every_kind_of_token) {  // X7
  pool<> tasks(co_await asio::this_coro::executor, {});
  auto submitted = tasks.async_submit(at_once(1), asio::use_future);
  tasks.async_submit(at_once(2),
                     asio::deferred)([](error_code error, auto) { EXPECT_FALSE(error); });
  tasks.async_submit(at_once(3), [](error_code error, auto) { EXPECT_FALSE(error); });
  const auto [error, id] = co_await tasks.async_submit(at_once(4), asio::as_tuple(asio::deferred));
  EXPECT_FALSE(error);
  EXPECT_EQ(id, 4U);
  EXPECT_EQ(submitted.get(), 1U);
  auto next = tasks.async_next(asio::use_future);
  co_await yield(20);
  EXPECT_EQ(next.get()->result.value(), 1);
  auto results = co_await tasks.async_gather(use_awaitable);
  EXPECT_EQ(values(results), (std::vector{2, 3, 4}));
}

ASYNC_TEST(task_pool, handlers_run_on_their_executor) {  // X1
  asio::io_context other;
  pool<> tasks(co_await asio::this_coro::executor, {});
  int called = 0;
  tasks.async_submit(
      at_once(1), asio::bind_executor(other.get_executor(), [&](error_code, auto) { ++called; }));
  tasks.async_gather(
      asio::bind_executor(other.get_executor(), [&](error_code, const auto&) { ++called; }));
  co_await yield(20);
  EXPECT_EQ(called, 0);
  other.run();
  EXPECT_EQ(called, 2);
}

TEST(task_pool, refuses_senseless_options) {  // R9
  asio::io_context loop;
  const auto field = [&](const task_pool_options& options) {
    try {
      task_pool<> tasks(loop, options);
    } catch (const config_error& error) {
      return error.field();
    }
    return std::string();
  };
  EXPECT_EQ(field({.concurrency = 0}), "task_pool.concurrency");
  EXPECT_EQ(field({.max_results = 0}), "task_pool.max_results");
  EXPECT_EQ(field({.timeout = -1ns}), "task_pool.timeout");
}

ASYNC_TEST(task_pool, is_seen_when_it_has_a_name) {
  pool<> tasks(co_await asio::this_coro::executor, {.concurrency = 1}, "downloads");
  EXPECT_TRUE(tasks.try_submit(after(1s, 1)));
  tasks.async_submit(after(1s, 2), [](error_code, auto) {});
  bool found = false;
  for (const auto& each : describe_resources()) {
    if (each.name != "downloads") continue;
    found = true;
    EXPECT_EQ(each.kind, resource_kind::task_pool);
    EXPECT_EQ(each.state, "open");
    EXPECT_EQ(each.waiters.size(), 1U);
  }
  EXPECT_TRUE(found);
  co_await tasks.async_gather(use_awaitable);
}

asio::awaitable<void> a_bit_of_everything() {
  pool<std::unique_ptr<int>> tasks(co_await asio::this_coro::executor,
                                   {.concurrency = 2, .queued = 1, .timeout = 5s});
  for (int i = 0; i < 6; ++i)
    co_await tasks.async_submit(
        [i]() -> asio::awaitable<std::unique_ptr<int>> {
          co_await sleep_for(std::chrono::seconds(i * 2));
          if (i == 2) throw std::runtime_error("two");
          co_return std::make_unique<int>(i);
        },
        use_awaitable);
  tasks.cancel_task(5);
  EXPECT_EQ((co_await tasks.async_gather(use_awaitable)).size(), 6U);
}

TEST(task_pool, ends_wherever_its_loop_ends) {  // X2, X5
  EXPECT_GT(tear_down_everywhere(a_bit_of_everything), 20U);
}

// X3
TEST(task_pool, loses_nothing_in_any_order) { run_shuffled(a_bit_of_everything, 50); }

TEST(task_pool, is_used_from_many_threads) {
  asio::thread_pool loop(1);
  task_pool<int> tasks(loop, {.concurrency = 3, .queued = 3});
  constexpr int each = 300;
  std::vector<std::thread> threads;
  for (int which = 0; which < 3; ++which)
    threads.emplace_back([&, which] {
      for (int i = 0; i < each; ++i) {
        const auto id = tasks.async_submit(at_once(i), asio::use_future).get();
        if ((i + which) % 5 == 0) tasks.cancel_task(id);
        if (i % 50 == 0) tasks.resize(static_cast<std::size_t>(1 + i % 3));
        if (i % 70 == 0) {
          tasks.pause();
          tasks.resume();
        }
      }
    });
  for (auto& thread : threads)
    thread.join();
  auto results = tasks.async_gather(asio::use_future).get();
  EXPECT_EQ(results.size(), 3U * each);
  for (std::size_t i = 0; i < results.size(); ++i)
    EXPECT_EQ(results[i].sequence, i + 1);
  loop.join();
}

TEST(task_pool, what_is_queued_goes_with_the_loop) {  // X2
  auto loop = std::make_unique<asio::io_context>();
  const auto item = std::make_shared<int>(1);
  task_pool<> pool(*loop, {.concurrency = 1, .queued = 5});
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(pool.try_submit([item]() -> asio::awaitable<void> { co_return; }));
  EXPECT_EQ(item.use_count(), 4);
  loop.reset();
  EXPECT_EQ(item.use_count(), 1);
}

}  // namespace
