// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/keyed_rate_limiter.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::virtual_clock;
using keyed =
    basic_keyed_rate_limiter<std::string, asio::any_io_executor, std::mutex, virtual_clock>;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

ASYNC_TEST(keyed_rate_limiter, has_a_bucket_for_each_key) {
  keyed hosts(co_await asio::this_coro::executor, {.rate = 10, .burst = 1}, 10);
  EXPECT_TRUE(hosts.try_acquire("a"));
  EXPECT_FALSE(hosts.try_acquire("a"));
  EXPECT_TRUE(hosts.try_acquire("b"));
  EXPECT_EQ(hosts.retry_after("a"), 100ms);
  EXPECT_EQ(hosts.retry_after("c"), 0ms);
  EXPECT_EQ(hosts.retry_after("c", 2), std::chrono::nanoseconds::max());
  const auto begin = virtual_clock::now();
  co_await hosts.async_acquire("a", asio::use_awaitable);
  EXPECT_EQ(virtual_clock::now() - begin, 100ms);
  const auto [late] = co_await hosts.async_acquire_for("a", 1, 1ms, tuple);
  EXPECT_EQ(late, errc::timed_out);
  EXPECT_EQ(hosts.keys(), 2U);
}

ASYNC_TEST(keyed_rate_limiter, forgets_only_keys_that_lose_nothing) {
  keyed hosts(co_await asio::this_coro::executor, {.rate = 10, .burst = 10}, 2);
  EXPECT_TRUE(hosts.try_acquire("a", 10));
  EXPECT_TRUE(hosts.try_acquire("b"));
  EXPECT_FALSE(hosts.try_acquire("c")) << "both would come back with a fresh bucket";
  const auto [full] = co_await hosts.async_acquire("c", tuple);
  EXPECT_EQ(full, errc::full);
  co_await sleep_for(200ms);  // b is full again, although a is older
  EXPECT_TRUE(hosts.try_acquire("c"));
  EXPECT_EQ(hosts.keys(), 2U);
  EXPECT_FALSE(hosts.try_acquire("a", 3));
}

ASYNC_TEST(keyed_rate_limiter, does_not_forget_a_key_that_somebody_waits_for) {
  keyed hosts(co_await asio::this_coro::executor, {.rate = 10, .burst = 1}, 1);
  EXPECT_TRUE(hosts.try_acquire("a"));
  bool granted = false;
  hosts.async_acquire("a", [&](error_code error) { granted = !error; });
  EXPECT_FALSE(hosts.try_acquire("b"));
  co_await sleep_for(150ms);
  EXPECT_TRUE(granted);
  EXPECT_FALSE(hosts.try_acquire("b"));
  co_await sleep_for(50ms);
  EXPECT_TRUE(hosts.try_acquire("b"));
}

ASYNC_TEST(keyed_rate_limiter, closes_and_cancels_for_all_keys) {  // R7
  keyed hosts(co_await asio::this_coro::executor, {.rate = 10, .burst = 1}, 4);
  error_code a;
  error_code b;
  EXPECT_TRUE(hosts.try_acquire("a") && hosts.try_acquire("b"));
  hosts.async_acquire("a", [&](error_code error) { a = error; });
  hosts.cancel();
  hosts.async_acquire("b", [&](error_code error) { b = error; });
  hosts.close();
  hosts.close();
  co_await asioscope::test_kit::yield(3);
  EXPECT_EQ(a, asio::error::operation_aborted);
  EXPECT_EQ(b, errc::closed);
  EXPECT_TRUE(hosts.is_closed());
  const auto [closed] = co_await hosts.async_acquire("c", tuple);
  EXPECT_EQ(closed, errc::closed);
}

ASYNC_TEST(keyed_rate_limiter, takes_every_completion_token) {  // X7
  keyed hosts(co_await asio::this_coro::executor, {.rate = 10}, 4);
  co_await hosts.async_acquire("a", asio::use_awaitable);
  co_await hosts.async_acquire("a", asio::deferred);
  co_await hosts.async_acquire("a", 1, asio::deferred);
  auto future = hosts.async_acquire("a", asio::use_future);
  co_await asioscope::test_kit::yield(3);
  EXPECT_EQ(future.wait_for(20s), std::future_status::ready);
}

ASYNC_TEST(keyed_rate_limiter, says_which_option_is_wrong_and_is_listed) {  // R9
  const auto executor = co_await asio::this_coro::executor;
  EXPECT_THROW(keyed(executor, {.rate = 0}, 1), config_error);
  EXPECT_THROW(keyed(executor, {.rate = 1}, 0), config_error);
  const keyed hosts(executor, {.rate = 1}, 3, "hosts");
  for (const resource_description& each : describe_resources()) {
    if (each.name != "hosts") continue;
    CO_ASSERT_EQ(each.attributes.size(), 3U);
    EXPECT_EQ(each.attributes[1].value, 3);
    co_return;
  }
  ADD_FAILURE() << "not listed";
}

TEST(keyed_rate_limiter, serves_many_threads) {  // TSan
  asio::thread_pool pool(4);
  keyed_rate_limiter<int> shared(pool, {.rate = 100'000, .burst = 10}, 3);
  std::atomic<int> done{0};
  for (int thread = 0; thread < 4; ++thread)
    asio::post(pool, [&, thread] {
      for (int i = 0; i < 200; ++i)
        shared.async_acquire((thread + i) % 5, [&](error_code) { ++done; });
    });
  pool.join();
  EXPECT_EQ(done, 800);
  EXPECT_LE(shared.keys(), 3U);
}
}  // namespace
