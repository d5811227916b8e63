// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/event.hpp"
#include "asioscope/core/latch.hpp"
#include "asioscope/core/wait_group.hpp"
#include "asioscope/test_kit/async_test.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::yield;
using namespace std::chrono_literals;

TEST(event, lets_all_go_on_in_their_order_when_it_is_set) {  // R1
  asio::io_context loop;
  event happened(loop);
  std::vector<int> order;
  for (int i = 0; i < 5; ++i)
    happened.async_wait([&, i](error_code) { order.push_back(i); });
  EXPECT_EQ(happened.waiting(), 5U);
  happened.set();
  EXPECT_EQ(happened.waiting(), 0U);
  loop.run();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

ASYNC_TEST(event, can_be_reset) {
  event happened(co_await asio::this_coro::executor, true);
  co_await happened.async_wait(asio::use_awaitable);
  happened.reset();
  EXPECT_FALSE(happened.is_set());
  int went_on = 0;
  happened.async_wait([&](error_code) { ++went_on; });
  co_await yield(3);
  EXPECT_EQ(went_on, 0);
  happened.set();
  happened.reset();  // whoever waited when it was set goes on
  co_await yield(3);
  EXPECT_EQ(went_on, 1);
}

TEST(latch, counts_down_to_nothing_and_no_further) {
  asio::io_context loop;
  latch three(loop, 3);
  int opened = 0;
  three.async_wait([&](error_code) { ++opened; });
  three.count_down(2);
  EXPECT_THROW(three.count_down(2), std::logic_error);
  EXPECT_EQ(three.count(), 1U);
  loop.poll();
  EXPECT_EQ(opened, 0);
  three.count_down();
  loop.poll();
  EXPECT_EQ(opened, 1);
  EXPECT_TRUE(three.try_wait());
  EXPECT_THROW(three.count_down(), std::logic_error);
}

ASYNC_TEST(wait_group, waits_until_all_have_left) {
  const auto executor = co_await asio::this_coro::executor;
  wait_group group(executor);
  co_await group.async_wait(asio::use_awaitable);  // nobody is in it
  int done = 0;
  for (int i = 1; i <= 3; ++i)
    asio::co_spawn(
        executor,
        [&done, i, in = group.join()]() -> asio::awaitable<void> {
          co_await sleep_for(std::chrono::seconds(i));
          ++done;
        },
        asio::detached);
  EXPECT_EQ(group.count(), 3U);
  co_await group.async_wait(asio::use_awaitable);
  EXPECT_EQ(done, 3);
  group.add(2);
  group.done();
  group.done();
  EXPECT_THROW(group.done(), std::logic_error);
}

TEST(wait_group, may_be_gone_before_its_members) {
  asio::io_context loop;
  wait_group::member late;
  {
    wait_group group(loop);
    late = group.join();
    group.async_wait([](error_code error) { EXPECT_EQ(error, asio::error::operation_aborted); });
  }
  EXPECT_EQ(loop.run(), 1U);
  late.leave();
}

TEST(event, is_for_many_threads) {
  asio::thread_pool pool(2);
  event happened(pool);
  std::atomic<int> went_on{0};
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 5; ++i)
      asio::post(pool, [&] { happened.async_wait([&](error_code) { ++went_on; }); });
    asio::post(pool, [&] { happened.set(); });
    asio::post(pool, [&] { happened.reset(); });
  }
  asio::post(pool, [&] { happened.set(); });
  pool.join();
  happened.set();
  EXPECT_EQ(went_on, 1'000);
}

}  // namespace
