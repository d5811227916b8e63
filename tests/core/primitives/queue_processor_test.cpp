// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/queue_processor.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

namespace {
namespace asio = boost::asio;
using namespace asioscope::core;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;
using asio::use_awaitable;

template <class T = int>
using processor = basic_queue_processor<T, asio::any_io_executor, std::mutex, virtual_clock>;

/// Takes a second for each item, and notes everything.
class diary : public item_processor<int> {
 public:
  asio::awaitable<void> process_item(int& item) override {
    peak = std::max(peak, ++running);
    begun.push_back(item);
    try {
      co_await sleep_for(1s);
    } catch (...) {
      --running;
      throw;
    }
    --running;
    if (bad(item)) throw std::runtime_error("bad");
    processed.push_back(item);
  }
  void on_error(const int& item, const std::exception_ptr&, unsigned attempt) override {
    errors.emplace_back(item, attempt);
    throw std::runtime_error("of the hook");
  }
  void dead_letter(int&& item, const std::exception_ptr& error) override {
    EXPECT_THROW(std::rethrow_exception(error), std::runtime_error);
    dead.push_back(item);
    throw std::runtime_error("of the hook");
  }

  std::function<bool(int)> bad = [](int) { return false; };
  int running = 0;
  int peak = 0;
  std::vector<int> begun;
  std::vector<int> processed;
  std::vector<int> dead;
  std::vector<std::pair<int, unsigned>> errors;
};

template <class... Number>
std::vector<int> numbers(Number... all) {
  return {all...};
}

ASYNC_TEST(queue_processor, drains_what_it_has_accepted_without_delay) {  // R1
  const auto notes = std::make_shared<diary>();
  processor<> workers(co_await asio::this_coro::executor, {.workers = 2}, notes);
  co_await workers.async_start(use_awaitable);
  EXPECT_TRUE(workers.is_running());
  for (int item = 0; item < 5; ++item)
    co_await workers.async_push(item, use_awaitable);
  const auto began = virtual_clock::now();
  const auto report = co_await workers.async_stop(stop_mode::drain, use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 3s);
  EXPECT_EQ(report.processed, 5U);
  EXPECT_EQ(report.failed, 0U);
  EXPECT_TRUE(report.unprocessed.empty());
  EXPECT_TRUE(report.interrupted.empty());
  EXPECT_FALSE(report.deadline_passed);
  EXPECT_EQ(notes->begun, numbers(0, 1, 2, 3, 4));
  EXPECT_EQ(notes->peak, 2);
  EXPECT_FALSE(workers.is_running());
}

ASYNC_TEST(queue_processor, idle_workers_stop_at_once) {
  processor<> workers(co_await asio::this_coro::executor, {}, std::make_shared<diary>());
  co_await workers.async_start(use_awaitable);
  co_await sleep_for(1h);
  const auto began = virtual_clock::now();
  co_await workers.async_stop(stop_mode::drain, use_awaitable);
  EXPECT_EQ(virtual_clock::now(), began);
}

ASYNC_TEST(queue_processor, gives_back_what_no_worker_has_begun) {
  processor<> workers(co_await asio::this_coro::executor, {.workers = 2},
                      std::make_shared<diary>());
  co_await workers.async_start(use_awaitable);
  for (int item = 0; item < 5; ++item)
    EXPECT_TRUE(workers.try_push(item));
  co_await yield(20);
  EXPECT_EQ(workers.in_flight(), 2U);
  EXPECT_EQ(workers.pending(), 3U);
  const auto began = virtual_clock::now();
  const auto report = co_await workers.async_stop(stop_mode::cancel_pending, use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 1s);
  EXPECT_EQ(report.processed, 2U);
  EXPECT_EQ(report.unprocessed, numbers(2, 3, 4));
  EXPECT_TRUE(report.interrupted.empty());
}

ASYNC_TEST(queue_processor, an_abort_interrupts_the_workers) {
  const auto notes = std::make_shared<diary>();
  processor<> workers(co_await asio::this_coro::executor, {.workers = 2, .max_attempts = 3}, notes);
  co_await workers.async_start(use_awaitable);
  for (int item = 0; item < 5; ++item)
    EXPECT_TRUE(workers.try_push(item));
  co_await sleep_for(500ms);
  const auto began = virtual_clock::now();
  const auto report = co_await workers.async_stop(stop_mode::abort, use_awaitable);
  EXPECT_EQ(virtual_clock::now(), began);
  EXPECT_EQ(report.processed, 0U);
  EXPECT_EQ(report.failed, 0U);  // R: cancellation is no failure
  EXPECT_EQ(report.unprocessed, numbers(2, 3, 4));
  EXPECT_EQ(report.interrupted, numbers(0, 1));
  EXPECT_TRUE(notes->errors.empty());
}

ASYNC_TEST(queue_processor, a_deadline_makes_an_abort_of_a_drain) {
  processor<> workers(co_await asio::this_coro::executor, {.workers = 1},
                      std::make_shared<diary>());
  co_await workers.async_start(use_awaitable);
  for (int item = 0; item < 5; ++item)
    EXPECT_TRUE(workers.try_push(item));
  const auto began = virtual_clock::now();
  const auto report = co_await workers.async_stop(stop_mode::drain, 2500ms, use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 2500ms);
  EXPECT_TRUE(report.deadline_passed);
  EXPECT_EQ(report.processed, 2U);
  EXPECT_EQ(report.interrupted, numbers(2));
  EXPECT_EQ(report.unprocessed, numbers(3, 4));
}

ASYNC_TEST(queue_processor, a_deadline_that_is_kept_changes_nothing) {
  processor<> workers(co_await asio::this_coro::executor, {}, std::make_shared<diary>());
  co_await workers.async_start(use_awaitable);
  EXPECT_TRUE(workers.try_push(1));
  const auto report = co_await workers.async_stop(stop_mode::drain, 1h, use_awaitable);
  EXPECT_EQ(report.processed, 1U);
  EXPECT_FALSE(report.deadline_passed);
}

ASYNC_TEST(queue_processor, a_second_stop_may_be_harder_and_both_are_told) {  // R7
  processor<> workers(co_await asio::this_coro::executor, {.workers = 1},
                      std::make_shared<diary>());
  co_await workers.async_start(use_awaitable);
  for (int item = 0; item < 3; ++item)
    EXPECT_TRUE(workers.try_push(item));
  std::vector<std::size_t> given_back;
  workers.async_stop(stop_mode::drain, [&](error_code error, const auto& report) {
    EXPECT_FALSE(error);
    EXPECT_EQ(report.processed, 1U);
    given_back.push_back(report.unprocessed.size());
  });
  co_await sleep_for(1500ms);
  const auto report = co_await workers.async_stop(stop_mode::abort, use_awaitable);
  EXPECT_EQ(report.processed, 1U);
  EXPECT_EQ(given_back, (std::vector<std::size_t>{1}));
  EXPECT_TRUE(report.unprocessed.empty());
  const auto again = co_await workers.async_stop(stop_mode::drain, use_awaitable);
  EXPECT_EQ(again.processed, 1U);
}

ASYNC_TEST(queue_processor, stop_before_start_gives_the_items_back) {
  processor<> workers(co_await asio::this_coro::executor, {}, std::make_shared<diary>());
  EXPECT_TRUE(workers.try_push(1));
  const auto report = co_await workers.async_stop(stop_mode::drain, 1h, use_awaitable);
  EXPECT_EQ(report.unprocessed, numbers(1));
  EXPECT_FALSE(workers.try_push(2));
}

ASYNC_TEST(queue_processor, takes_nothing_after_a_stop_until_it_is_started_again) {  // R7, R10
  const auto notes = std::make_shared<diary>();
  processor<> workers(co_await asio::this_coro::executor, {.workers = 1, .capacity = 1}, notes);
  co_await workers.async_start(use_awaitable);
  co_await workers.async_start(use_awaitable);
  EXPECT_TRUE(workers.try_push(1));
  co_await yield(10);
  EXPECT_TRUE(workers.try_push(2));
  EXPECT_FALSE(workers.try_push(3));
  error_code waiting;
  workers.async_push(3, [&](error_code error) { waiting = error; });
  error_code restarted = errc::failed;
  workers.async_stop(stop_mode::drain, [](error_code, const auto&) {});
  workers.async_start([&](error_code error) { restarted = error; });
  co_await yield(10);
  EXPECT_EQ(waiting, errc::not_running);
  const auto [late] = co_await workers.async_push(4, asio::as_tuple(use_awaitable));
  EXPECT_EQ(late, errc::not_running);
  EXPECT_EQ(restarted, errc::failed);
  co_await sleep_for(3s);
  EXPECT_FALSE(restarted);
  co_await workers.async_push(5, use_awaitable);
  const auto report = co_await workers.async_stop(stop_mode::drain, use_awaitable);
  EXPECT_EQ(report.processed, 1U);
  EXPECT_EQ(notes->processed, numbers(1, 2, 5));
}

ASYNC_TEST(queue_processor, a_push_waits_for_room) {  // R3, R8, R10
  processor<> workers(co_await asio::this_coro::executor, {.workers = 1, .capacity = 2},
                      std::make_shared<diary>());
  EXPECT_TRUE(workers.try_push(1));
  EXPECT_TRUE(workers.try_push(2));
  const auto [late] = co_await workers.async_push_for(3, 1s, asio::as_tuple(use_awaitable));
  EXPECT_EQ(late, errc::timed_out);
  asio::cancellation_signal signal;
  error_code how;
  workers.async_push(
      3, asio::bind_cancellation_slot(signal.slot(), [&](error_code error) { how = error; }));
  signal.emit(asio::cancellation_type::total);
  co_await yield();
  EXPECT_EQ(how, asio::error::operation_aborted);
  co_await workers.async_start(use_awaitable);
  co_await workers.async_push(4, use_awaitable);
  EXPECT_EQ((co_await workers.async_stop(stop_mode::drain, use_awaitable)).processed, 3U);
}

ASYNC_TEST(queue_processor, an_item_that_fails_concerns_no_other) {
  const auto notes = std::make_shared<diary>();
  notes->bad = [](int item) { return item % 2 == 0; };
  processor<> workers(co_await asio::this_coro::executor, {.workers = 2}, notes);
  co_await workers.async_start(use_awaitable);
  for (int item = 0; item < 6; ++item)
    co_await workers.async_push(item, use_awaitable);
  const auto report = co_await workers.async_stop(stop_mode::drain, use_awaitable);
  EXPECT_EQ(report.processed, 3U);
  EXPECT_EQ(report.failed, 3U);
  EXPECT_EQ(notes->dead, numbers(0, 2, 4));
}

ASYNC_TEST(queue_processor, tries_again_with_growing_delays_and_then_gives_up) {
  const auto notes = std::make_shared<diary>();
  notes->bad = [&](int item) { return item == 1 || notes->begun.size() < 3; };
  processor<> workers(co_await asio::this_coro::executor,
                      {.workers = 1, .max_attempts = 5, .retry_delay = 2s, .max_retry_delay = 5s},
                      notes);
  co_await workers.async_start(use_awaitable);
  co_await workers.async_push(0, use_awaitable);
  co_await workers.async_push(1, use_awaitable);
  const auto began = virtual_clock::now();
  const auto report = co_await workers.async_stop(stop_mode::drain, use_awaitable);
  EXPECT_EQ(virtual_clock::now() - began, 3 * 1s + 2s + 4s + 5 * 1s + 2s + 4s + 5s + 5s);
  EXPECT_EQ(report.processed, 1U);
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(notes->dead, numbers(1));
  EXPECT_EQ(notes->errors.size(), 2U + 5U);
  EXPECT_EQ(notes->errors.back(), std::pair(1, 5U));
}

ASYNC_TEST(queue_processor, a_stop_that_cancels_leaves_further_attempts_undone) {
  const auto notes = std::make_shared<diary>();
  notes->bad = [](int) { return true; };
  processor<> workers(co_await asio::this_coro::executor,
                      {.workers = 2, .max_attempts = 5, .retry_delay = 1s}, notes);
  co_await workers.async_start(use_awaitable);
  EXPECT_TRUE(workers.try_push(1));
  co_await sleep_for(1500ms);
  const auto began = virtual_clock::now();
  const auto report = co_await workers.async_stop(stop_mode::abort, use_awaitable);
  EXPECT_EQ(virtual_clock::now(), began);
  EXPECT_EQ(report.unprocessed, numbers(1));
  EXPECT_EQ(report.failed, 0U);
}

ASYNC_TEST(queue_processor, begins_nothing_while_it_is_paused) {
  const auto notes = std::make_shared<diary>();
  processor<> workers(co_await asio::this_coro::executor, {.workers = 1}, notes);
  co_await workers.async_start(use_awaitable);
  for (int item = 0; item < 3; ++item)
    EXPECT_TRUE(workers.try_push(item));
  co_await sleep_for(500ms);
  workers.pause();
  co_await sleep_for(1h);
  EXPECT_EQ(notes->begun, numbers(0));
  workers.resume();
  co_await sleep_for(1500ms);
  EXPECT_EQ(notes->begun, numbers(0, 1, 2));
  workers.pause();
  EXPECT_TRUE(workers.try_push(3));
  EXPECT_EQ((co_await workers.async_stop(stop_mode::drain, use_awaitable)).processed, 4U);
}

ASYNC_TEST(queue_processor, what_an_item_does_to_its_cancellation_state_concerns_no_other) {
  bool first = true;
  processor<> workers(
      co_await asio::this_coro::executor, {.workers = 1}, [&](int&) -> asio::awaitable<void> {
        if (std::exchange(first, false))
          co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        else
          co_await sleep_for(1h);
      });
  co_await workers.async_start(use_awaitable);
  EXPECT_TRUE(workers.try_push(1));
  EXPECT_TRUE(workers.try_push(2));
  co_await sleep_for(1s);
  const auto began = virtual_clock::now();
  const auto report = co_await workers.async_stop(stop_mode::abort, use_awaitable);
  EXPECT_EQ(virtual_clock::now(), began);
  EXPECT_EQ(report.interrupted, numbers(2));
}

ASYNC_TEST(queue_processor, its_destructor_interrupts_the_workers) {  // X9
  const auto item = std::make_shared<int>(1);
  error_code how;
  {
    processor<std::shared_ptr<int>> workers(
        co_await asio::this_coro::executor, {.workers = 1},
        [](auto&) -> asio::awaitable<void> { co_await sleep_for(1h); });
    co_await workers.async_start(use_awaitable);
    EXPECT_TRUE(workers.try_push(item));
    EXPECT_TRUE(workers.try_push(item));
    co_await yield(20);
    workers.async_stop(stop_mode::drain, 1h, [&](error_code error, const auto&) { how = error; });
    co_await yield();
    EXPECT_EQ(item.use_count(), 3);
  }
  const auto began = virtual_clock::now();
  co_await yield(20);
  EXPECT_EQ(how, asio::error::operation_aborted);
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_EQ(virtual_clock::now(), began);
}

ASYNC_TEST(queue_processor, works_with_every_kind_of_token) {  // X7
  processor<> workers(co_await asio::this_coro::executor, {}, std::make_shared<diary>());
  auto started = workers.async_start(asio::use_future);
  auto pushed = workers.async_push(1, asio::use_future);
  workers.async_push(2, asio::deferred)([](error_code error) { EXPECT_FALSE(error); });
  const auto [error] = co_await workers.async_push(3, asio::as_tuple(asio::deferred));
  EXPECT_FALSE(error);
  co_await yield(5);
  started.get();
  pushed.get();
  auto stopped = workers.async_stop(stop_mode::drain, asio::use_future);
  co_await sleep_for(2s);
  EXPECT_EQ(stopped.get().processed, 3U);
}

ASYNC_TEST(queue_processor, handlers_run_on_their_executor) {  // X1
  asio::io_context other;
  processor<> workers(co_await asio::this_coro::executor, {}, std::make_shared<diary>());
  int called = 0;
  const auto there = other.get_executor();
  workers.async_start(asio::bind_executor(there, [&](error_code) { ++called; }));
  workers.async_push(1, asio::bind_executor(there, [&](error_code) { ++called; }));
  workers.async_stop(stop_mode::drain,
                     asio::bind_executor(there, [&](error_code, const auto&) { ++called; }));
  co_await sleep_for(2s);
  EXPECT_EQ(called, 0);
  other.run();
  EXPECT_EQ(called, 3);
}

TEST(queue_processor, refuses_senseless_options) {  // R9
  asio::io_context loop;
  const auto field = [&](const queue_processor_options& options,
                         std::shared_ptr<item_processor<int>> notes = std::make_shared<diary>()) {
    try {
      queue_processor<int> workers(loop, options, std::move(notes));
    } catch (const config_error& error) {
      return error.field();
    }
    return std::string();
  };
  EXPECT_EQ(field({.workers = 0}), "queue_processor.workers");
  EXPECT_EQ(field({.capacity = 0}), "queue_processor.capacity");
  EXPECT_EQ(field({.max_attempts = 0}), "queue_processor.max_attempts");
  EXPECT_EQ(field({.retry_delay = -1ns}), "queue_processor.retry_delay");
  EXPECT_EQ(field({.retry_delay = 2s, .max_retry_delay = 1s}), "queue_processor.max_retry_delay");
  EXPECT_EQ(field({}, nullptr), "queue_processor.processor");
}

ASYNC_TEST(queue_processor, is_seen_when_it_has_a_name) {
  processor<> workers(co_await asio::this_coro::executor, {.workers = 1}, std::make_shared<diary>(),
                      "mail");
  EXPECT_TRUE(workers.try_push(1));
  co_await sleep_for(2s);
  bool found = false;
  for (const auto& each : describe_resources()) {
    if (each.name != "mail") continue;
    found = true;
    EXPECT_EQ(each.kind, resource_kind::queue_processor);
    EXPECT_EQ(each.state, "not_started");
    for (const auto& attribute : each.attributes)
      if (std::string_view(attribute.name) == "oldest_item_age_seconds") {
        EXPECT_EQ(attribute.value, 2.0);
      }
  }
  EXPECT_TRUE(found);
}

asio::awaitable<void> a_bit_of_everything() {
  const auto notes = std::make_shared<diary>();
  notes->bad = [](int item) { return item == 2; };
  processor<> workers(co_await asio::this_coro::executor,
                      {.workers = 2, .capacity = 2, .max_attempts = 2, .retry_delay = 1s}, notes);
  co_await workers.async_start(use_awaitable);
  for (int item = 0; item < 7; ++item)
    co_await workers.async_push(item, use_awaitable);
  const auto report = co_await workers.async_stop(stop_mode::drain, 1500ms, use_awaitable);
  EXPECT_EQ(
      report.processed + report.failed + report.unprocessed.size() + report.interrupted.size(), 7U);
}

TEST(queue_processor, ends_wherever_its_loop_ends) {  // X2, X5
  EXPECT_GT(tear_down_everywhere(a_bit_of_everything), 20U);
}

// X3
TEST(queue_processor, loses_nothing_in_any_order) { run_shuffled(a_bit_of_everything, 50); }

TEST(queue_processor, may_outlive_its_loop) {  // X2
  auto loop = std::make_unique<asio::io_context>();
  const auto item = std::make_shared<int>(1);
  queue_processor<std::shared_ptr<int>> workers(
      *loop, {.workers = 1, .capacity = 1}, [](auto&) -> asio::awaitable<void> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        co_await timer.async_wait(use_awaitable);
      });
  bool invoked = false;
  EXPECT_TRUE(workers.try_push(item));
  workers.async_start([](error_code) {});
  loop->poll();
  EXPECT_TRUE(workers.try_push(nullptr));
  workers.async_push(item, [&](error_code) { invoked = true; });
  workers.async_stop(stop_mode::drain, 1h, [&](error_code, const auto&) { invoked = true; });
  EXPECT_EQ(item.use_count(), 3);
  loop.reset();
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_FALSE(invoked);
}

TEST(queue_processor, is_used_from_many_threads) {
  asio::thread_pool loop(1);
  std::atomic<std::uint64_t> sum{0};
  queue_processor<std::uint64_t> workers(loop, {.workers = 3, .capacity = 4},
                                         [&](std::uint64_t& item) -> asio::awaitable<void> {
                                           sum += item;
                                           co_return;
                                         });
  workers.async_start(asio::use_future).get();
  std::vector<std::thread> threads;
  for (int which = 0; which < 3; ++which)
    threads.emplace_back([&] {
      for (std::uint64_t item = 1; item <= 300; ++item) {
        if (item % 3 == 0)
          while (!workers.try_push(std::uint64_t(item)))
            std::this_thread::yield();
        else
          workers.async_push(item, asio::use_future).get();
        if (item % 50 == 0) {
          workers.pause();
          workers.resume();
        }
      }
    });
  for (auto& thread : threads)
    thread.join();
  const auto report = workers.async_stop(stop_mode::drain, asio::use_future).get();
  EXPECT_EQ(report.processed, 900U);
  EXPECT_EQ(sum, 3U * 300 * 301 / 2);
  loop.join();
}

TEST(queue_processor, what_is_queued_goes_with_the_loop) {  // X2
  auto loop = std::make_unique<asio::io_context>();
  const auto item = std::make_shared<int>(1);
  queue_processor<std::shared_ptr<int>> processor(
      *loop, {}, [](std::shared_ptr<int>&) -> asio::awaitable<void> { co_return; });
  EXPECT_TRUE(processor.try_push(item));
  EXPECT_EQ(item.use_count(), 2);
  loop.reset();
  EXPECT_EQ(item.use_count(), 1);
}

}  // namespace
