// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/spin_mutex.hpp"

#include "asioscope/core/semaphore.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace asioscope::core {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST(spin_mutex, is_had_by_one_at_a_time) {
  spin_mutex one;
  one.lock();
  EXPECT_FALSE(one.try_lock());
  one.unlock();
  EXPECT_TRUE(one.try_lock());
  one.unlock();
}

TEST(spin_mutex, keeps_threads_apart) {  // more of them than there are processors
  constexpr int times = 5'000;
  spin_mutex one;
  bool inside = false;
  long count = 0;
  long together = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      for (int time = 0; time < times; ++time) {
        const std::lock_guard lock(one);
        if (inside) ++together;
        inside = true;
        if (time % 20 == 0) std::this_thread::yield();  // the others come, and have to wait
        inside = false;
        ++count;
      }
    });
  for (std::thread& each : threads)
    each.join();
  EXPECT_EQ(together, 0);
  EXPECT_EQ(count, 6L * times);
}

/// How often this thread has gone to sleep. Its CPU time says nothing when others want the CPU,
/// too.
long times_slept() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  return used.ru_nvcsw;
}

TEST(spin_mutex, sleeps_while_it_waits) {
  spin_mutex one;
  one.lock();
  std::atomic<bool> begun{false};
  long slept = 0;
  std::thread waits([&] {
    begun = true;
    const long before = times_slept();
    one.lock();
    slept = times_slept() - before;
    one.unlock();
  });
  while (!begun)
    std::this_thread::yield();
  std::this_thread::sleep_for(100ms);
  one.unlock();
  waits.join();
  EXPECT_GT(slept, 10);
}

TEST(semaphore, keeps_its_permits_with_a_spin_mutex) {
  asio::thread_pool pool(2);
  basic_semaphore<asio::thread_pool::executor_type, spin_mutex> some(pool, 3);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  for (int i = 0; i < 50; ++i)
    asio::co_spawn(
        asio::make_strand(pool),
        [&]() -> asio::awaitable<void> {
          for (int turn = 0; turn < 20; ++turn) {
            const auto permit = co_await some.async_acquire(asio::use_awaitable);
            const int now = ++inside;
            for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
            }
            --inside;
          }
        },
        asio::detached);
  pool.join();
  EXPECT_LE(most, 3);
  EXPECT_EQ(some.available(), 3U);
}

}  // namespace

}  // namespace asioscope::core
