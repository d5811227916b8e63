// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/resource_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;
using namespace std::chrono_literals;
using asio::awaitable;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// fact: puddle's stress test
TEST(resource_pool_of_threads, serves_many_threads) {
  std::atomic<int> alive = 0;
  std::atomic<int> most = 0;
  struct counted {
    explicit counted(std::atomic<int>& of) : alive(&of) {}
    counted(counted&& other) noexcept : alive(std::exchange(other.alive, nullptr)) {}
    ~counted() {
      if (alive != nullptr) alive->fetch_sub(1);
    }
    std::atomic<int>* alive;
    int unguarded = 0;
  };
  asio::thread_pool threads(4);
  using pool_type = resource_pool<counted>;
  std::atomic<int> turn = 0;
  pool_type pool(
      threads,
      {.create = [&]() -> awaitable<counted> {
         if (turn.fetch_add(1) % 7 == 3) throw std::runtime_error("now and then");
         const int now = alive.fetch_add(1) + 1;
         if (now > most) most = now;
         co_return counted(alive);
       },
       .validate = [](counted&) -> awaitable<bool> { co_return true; },
       .reset = [&](counted& each) -> awaitable<bool> { co_return ++each.unguarded % 50 != 0; }},
      {.max_size = 3, .validation_bypass = 0s, .first_backoff = 1ms, .leak_after = 1ms}, "many");
  std::atomic<int> served = 0;
  std::vector<std::future<void>> users;
  for (int i = 0; i < 16; ++i)
    users.push_back(asio::co_spawn(
        threads,
        [&, i]() -> awaitable<void> {
          for (int k = 0; k < 100; ++k) {
            auto [error, mine] =
                co_await pool.async_acquire_for(i % 4 == 0 ? 100us : 10s, no_throw);
            if (error) continue;
            ++mine->unguarded;
            ++served;
            if (k % 10 == 9) mine.discard();
            if (k == 50 && i == 1) pool.evict();
          }
        },
        asio::use_future));
  for (auto& each : users)
    each.get();
  pool.async_close(asio::use_future).get();
  EXPECT_EQ(alive, 0);
  EXPECT_LE(most, 3);
  EXPECT_GT(served, 1'000);
}

}  // namespace
