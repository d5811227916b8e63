// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/compose.hpp"

#include "asioscope/core/bulkhead.hpp"
#include "asioscope/core/circuit_breaker.hpp"
#include "asioscope/core/rate_limiter.hpp"
#include "asioscope/core/retry.hpp"
#include "asioscope/core/timeout.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::virtual_clock;
using asioscope::test_kit::yield;
using within = basic_timeout<virtual_clock>;
using walls = basic_bulkhead<asio::any_io_executor, std::mutex, virtual_clock>;
using breaker = basic_circuit_breaker<asio::any_io_executor, std::mutex, virtual_clock>;
using limiter = basic_rate_limiter<asio::any_io_executor, std::mutex, virtual_clock>;
using again = basic_retry_policy<virtual_clock>;
using testing::ElementsAre;

auto since(virtual_clock::time_point begin) { return virtual_clock::now() - begin; }
asio::awaitable<int> after(std::chrono::nanoseconds time) {
  co_await sleep_for(time);
  co_return 7;
}

ASYNC_TEST(timeout, lets_no_operation_take_longer) {  // R8
  const auto begin = virtual_clock::now();
  const auto late = co_await within(1s).execute([] { return after(1h); });
  EXPECT_EQ(late.error(), errc::timed_out);
  EXPECT_EQ(since(begin), 1s);
  const auto good = co_await within(1s).execute([] { return after(999ms); });
  EXPECT_EQ(good.value(), 7);
}

ASYNC_TEST(timeout, keeps_what_was_achieved_and_what_was_thrown) {
  const auto kept = co_await within(1s).execute([]() -> asio::awaitable<int> {
    try {
      co_await sleep_for(1h);
    } catch (const boost::system::system_error&) {
    }
    co_return 3;
  });
  EXPECT_EQ(kept.value(), 3);
  const auto thrown = co_await within(1s).execute(
      []() -> asio::awaitable<int> { throw std::runtime_error("early"); });
  EXPECT_THROW((void)thrown.value(), std::runtime_error);
  EXPECT_THROW(within(0s), config_error);
}

ASYNC_TEST(timeout, passes_each_cancellation_on) {  // X6
  asio::cancellation_signal cancel;
  error_code ended;
  asio::co_spawn(
      co_await asio::this_coro::executor,
      [&]() -> asio::awaitable<void> {
        ended = (co_await within(1h).execute([] { return after(2h); })).error();
      },
      asio::bind_cancellation_slot(cancel.slot(), [](const std::exception_ptr&) {}));
  co_await yield(5);
  cancel.emit(asio::cancellation_type::terminal);
  co_await yield(5);
  EXPECT_EQ(ended, asio::error::operation_aborted);
}

ASYNC_TEST(bulkhead, lets_so_many_run_and_so_many_wait) {  // R1, R10
  walls two(co_await asio::this_coro::executor, {.max_running = 2, .max_waiting = 1}, "walls");
  std::vector<error_code> ended(4, errc::not_running);
  const auto begin = virtual_clock::now();
  std::vector<virtual_clock::duration> when(4);
  for (std::size_t i = 0; i < 4; ++i)
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [&, i]() -> asio::awaitable<void> {
          ended[i] = (co_await two.execute([] { return after(1s); })).error();
          when[i] = since(begin);
        },
        asio::detached);
  co_await sleep_for(500ms);
  EXPECT_EQ(two.available(), 0U);
  EXPECT_EQ(two.waiting(), 1U);
  EXPECT_FALSE(two.try_acquire());
  co_await sleep_for(5s);
  EXPECT_THAT(ended, ElementsAre(error_code(), error_code(), error_code(), errc::rejected));
  EXPECT_THAT(when, ElementsAre(1s, 1s, 2s, 0s));
  EXPECT_EQ(two.rejected(), 2U);
  EXPECT_TRUE(two.try_acquire());
  for (const resource_description& each : describe_resources())
    if (each.name == "walls") {
      EXPECT_EQ(each.kind, resource_kind::bulkhead);
      co_return;
    }
  ADD_FAILURE() << "not listed";
}

ASYNC_TEST(bulkhead, loses_no_room_to_those_who_give_up) {  // R3, R8: failsafe issue 393
  walls one(co_await asio::this_coro::executor,
            {.max_running = 1, .max_waiting = 10, .max_wait = 100ms});
  auto inside = one.try_acquire();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ((co_await one.execute([] { return after(0s); })).error(), errc::timed_out);
  asio::cancellation_signal cancel;
  asio::co_spawn(
      co_await asio::this_coro::executor,
      [&]() -> asio::awaitable<void> {
        EXPECT_EQ((co_await one.execute([] { return after(0s); })).error(),
                  asio::error::operation_aborted);
      },
      asio::bind_cancellation_slot(cancel.slot(), [](const std::exception_ptr&) {}));
  co_await yield(3);
  cancel.emit(asio::cancellation_type::terminal);
  co_await yield(3);
  inside.release();
  EXPECT_EQ(one.available(), 1U);
  EXPECT_EQ((co_await one.execute([] { return after(0s); })).value(), 7);
}

ASYNC_TEST(bulkhead, closes_resizes_and_says_which_option_is_wrong) {  // R7, R9
  const auto executor = co_await asio::this_coro::executor;
  walls one(executor, {.max_running = 1});
  one.resize(2);
  EXPECT_EQ(one.limit(), 2U);
  one.close();
  one.close();
  EXPECT_TRUE(one.is_closed());
  EXPECT_EQ((co_await one.execute([] { return after(0s); })).error(), errc::closed);
  EXPECT_THROW(walls(executor, {.max_running = 0}), config_error);
  EXPECT_THROW(walls(executor, {.max_wait = 0s}), config_error);
}

TEST(bulkhead, keeps_to_its_limit_for_many_threads) {  // TSan
  asio::thread_pool pool(4);
  bulkhead three(pool, {.max_running = 3});
  std::atomic<int> running{0};
  std::atomic<bool> too_many{false};
  for (int i = 0; i < 1000; ++i)
    asio::post(pool, [&] {
      const auto inside = three.try_acquire();
      if (!inside) return;
      if (++running > 3) too_many = true;
      --running;
    });
  pool.join();
  EXPECT_FALSE(too_many);
  EXPECT_EQ(three.available(), 3U);
}

ASYNC_TEST(rate_limiter, is_a_policy) {
  limiter ten(co_await asio::this_coro::executor, {.rate = 10, .burst = 1});
  const auto begin = virtual_clock::now();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ((co_await ten.execute([] { return after(0s); })).value(), 7);
  EXPECT_EQ(since(begin), 200ms);
  ten.close();
  EXPECT_EQ((co_await ten.execute([] { return after(0s); })).error(), errc::closed);
}

ASYNC_TEST(compose, puts_policies_around_an_operation) {  // R10
  const auto executor = co_await asio::this_coro::executor;
  breaker some(executor, {.window_calls = 2, .open_time = 10s, .half_open_calls = 1});
  limiter ten(executor, {.rate = 10, .burst = 1});
  walls one(executor, {.max_running = 1});
  const again four(
      {.max_attempts = 4, .base_delay = 1s, .growth = backoff::constant, .spread = jitter::none});
  const auto all = compose(four, some, ten, one, within(1s));
  int calls = 0;
  const auto begin = virtual_clock::now();
  const auto ended = co_await all.execute([&]() -> asio::awaitable<int> {
    EXPECT_EQ(one.available(), 0U);
    ++calls;
    co_return co_await after(1h);
  });
  EXPECT_EQ(calls, 2) << "the breaker opened then";
  EXPECT_EQ(ended.error(), errc::breaker_open);
  EXPECT_EQ(since(begin), 1s + 1s + 1s + 1s + 1s)
      << "two attempts that were too long, and three delays";
  EXPECT_EQ(some.rejected(), 2U);
  EXPECT_EQ(ten.granted(), 2U);
  EXPECT_EQ(one.available(), 1U);
  co_await sleep_for(10s);
  EXPECT_EQ((co_await all.execute([] { return after(0s); })).value(), 7);
}

ASYNC_TEST(compose, of_nothing_calls_and_owns_what_it_is_given) {
  EXPECT_EQ((co_await compose().execute([] { return after(0s); })).value(), 7);
  asio::awaitable<outcome<int>> call;
  {
    const auto own = compose(again({.max_attempts = 2}), within(1s));
    call = own.execute(
        [unique = std::make_unique<int>(3)]() -> asio::awaitable<int> { co_return *unique; });
  }
  EXPECT_EQ((co_await std::move(call)).value(), 3);
}

ASYNC_TEST(compose, is_cancelled_as_one) {  // X6
  const auto all = compose(again({}), within(1h));
  asio::cancellation_signal cancel;
  int calls = 0;
  error_code ended;
  asio::co_spawn(
      co_await asio::this_coro::executor,
      [&]() -> asio::awaitable<void> {
        ended = (co_await all.execute([&] {
                  ++calls;
                  return after(2h);
                })).error();
      },
      asio::bind_cancellation_slot(cancel.slot(), [](const std::exception_ptr&) {}));
  co_await yield(5);
  cancel.emit(asio::cancellation_type::terminal);
  co_await yield(5);
  EXPECT_EQ(ended, asio::error::operation_aborted);
  EXPECT_EQ(calls, 1);
}

TEST(compose, can_be_torn_down_everywhere) {  // X5
  asioscope::test_kit::tear_down_everywhere([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    walls one(executor, {.max_running = 1, .max_waiting = 1});
    limiter ten(executor, {.rate = 10, .burst = 1});
    breaker some(executor, {});
    const auto all = compose(again({.base_delay = 1s}), some, ten, one, within(1s));
    int calls = 0;
    (void)co_await all.execute([&]() -> asio::awaitable<void> {
      ++calls;
      co_await sleep_for(calls < 3 ? 1h : 1ms);
    });
  });
}
}  // namespace
