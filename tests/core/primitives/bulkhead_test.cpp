// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/bulkhead.hpp"

#include "asioscope/core/timeout.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asio::awaitable;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::tear_down_everywhere;
using asioscope::test_kit::virtual_clock;
using asioscope::test_kit::yield;
using walls = basic_bulkhead<asio::any_io_executor, std::mutex, virtual_clock>;

awaitable<void> nothing() { co_return; }

/// Executions that run by themselves, and how each ended.
class calls {
 public:
  calls(asio::any_io_executor executor, walls& in) : executor_(std::move(executor)), in_(in) {}

  void begin(std::function<awaitable<void>()> function) {
    std::optional<error_code>& ended = ended_.emplace_back();
    asio::co_spawn(
        executor_,
        [&in = in_, &ended, function = std::move(function)]() -> awaitable<void> {
          co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
          const outcome<> how = co_await in.execute(function);
          ended = how.error();
        },
        asio::bind_cancellation_slot(signals_.emplace_back().slot(), asio::detached));
  }
  void cancel(std::size_t which, asio::cancellation_type type) { signals_[which].emit(type); }
  const std::optional<error_code>& ended(std::size_t which) const { return ended_[which]; }

 private:
  asio::any_io_executor executor_;
  walls& in_;
  std::deque<std::optional<error_code>> ended_;
  std::deque<asio::cancellation_signal> signals_;
};

// R2
ASYNC_TEST(bulkhead, gives_room_to_the_first_in_line_before_anybody_else) {
  walls one(co_await asio::this_coro::executor, {.max_running = 1, .max_waiting = 2});
  auto inside = one.try_acquire();
  std::vector<int> order;
  calls all(co_await asio::this_coro::executor, one);
  for (int i = 0; i < 2; ++i)
    all.begin([&, i]() -> awaitable<void> {
      order.push_back(i);
      co_return;
    });
  co_await yield(5);
  inside.release();
  EXPECT_FALSE(one.try_acquire());
  co_await yield(20);
  EXPECT_EQ(order, (std::vector{0, 1}));
  EXPECT_TRUE(one.try_acquire());
}

// R4, R5: the operation is not called any more, and its room is free
ASYNC_TEST(bulkhead, loses_no_room_to_a_cancellation_that_came_after_the_grant) {
  walls one(co_await asio::this_coro::executor, {.max_running = 1, .max_waiting = 2});
  auto inside = one.try_acquire();
  calls all(co_await asio::this_coro::executor, one);
  all.begin(nothing);
  co_await yield(5);
  EXPECT_EQ(one.waiting(), 1U);
  inside.release();
  all.cancel(0, asio::cancellation_type::terminal);
  co_await yield(5);
  EXPECT_EQ(all.ended(0), asio::error::operation_aborted);
  EXPECT_EQ(one.available(), 1U);
}

// R5
ASYNC_TEST(bulkhead, has_its_room_back_however_an_operation_ends) {
  walls one(co_await asio::this_coro::executor, {.max_running = 1});
  (void)co_await one.execute([]() -> awaitable<void> { throw std::runtime_error("early"); });
  EXPECT_EQ(one.available(), 1U);
  {
    const auto dropped = one.execute([]() -> awaitable<void> { co_return; });
  }
  EXPECT_EQ(one.available(), 1U);
}

// R3, X6: one that waits, and one that runs
ASYNC_TEST(bulkhead, is_cancelled_with_each_type) {
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    walls one(co_await asio::this_coro::executor, {.max_running = 1, .max_waiting = 1});
    calls all(co_await asio::this_coro::executor, one);
    const auto run = []() -> awaitable<void> { co_await sleep_for(1h); };
    all.begin(run);
    co_await yield(5);
    all.begin(run);
    co_await yield(5);
    EXPECT_EQ(one.waiting(), 1U);
    all.cancel(1, type);
    all.cancel(0, type);
    co_await yield(10);
    EXPECT_EQ(all.ended(1), asio::error::operation_aborted);
    EXPECT_EQ(all.ended(0), asio::error::operation_aborted);
    EXPECT_EQ(one.available(), 1U);
  }
}

// X9
ASYNC_TEST(bulkhead, ends_the_waits_when_it_goes) {
  auto one = std::make_unique<walls>(co_await asio::this_coro::executor,
                                     bulkhead_options{.max_running = 1, .max_waiting = 1});
  auto inside = one->try_acquire();
  calls all(co_await asio::this_coro::executor, *one);
  all.begin(nothing);
  co_await yield(5);
  one.reset();
  co_await yield(5);
  EXPECT_EQ(all.ended(0), asio::error::operation_aborted);
  inside.release();
}

// X5
TEST(bulkhead, can_be_torn_down_everywhere) {
  const std::size_t points = tear_down_everywhere([]() -> awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    const auto one = std::make_shared<walls>(
        executor, bulkhead_options{.max_running = 1, .max_waiting = 2, .max_wait = 3s});
    for (int i = 0; i < 3; ++i)
      asio::co_spawn(
          executor,
          [one]() -> awaitable<void> {
            (void)co_await one->execute([]() -> awaitable<void> { co_await sleep_for(2s); });
          },
          asio::detached);
    (void)co_await one->execute([]() -> awaitable<void> { co_await sleep_for(1s); });
  });
  EXPECT_GT(points, 8U);
}

// X5
TEST(timeout, can_be_torn_down_everywhere) {
  const std::size_t points = tear_down_everywhere([]() -> awaitable<void> {
    const basic_timeout<virtual_clock> within(2s);
    (void)co_await within.execute([]() -> awaitable<void> { co_await sleep_for(1s); });
    (void)co_await within.execute([]() -> awaitable<void> { co_await sleep_for(1h); });
  });
  EXPECT_GT(points, 5U);
}

}  // namespace
