// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/no_stall.hpp"

#include "asioscope/test_kit/async_test.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;

std::chrono::nanoseconds own_cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Of so much CPU time, however busy the machine is. Named for the stack.
[[gnu::noinline]] void work_hard_for(std::chrono::nanoseconds time) {
  const auto end = own_cpu_time() + time;
  while (own_cpu_time() < end) {
  }
}

[[gnu::noinline]] void sleep_badly_for(std::chrono::nanoseconds time) {
  std::this_thread::sleep_for(time);
}

void many_short_handlers(loop& in) {
  for (int i = 0; i < 300; ++i)
    asio::post(in.context(), [] { work_hard_for(300us); });
}

std::vector<testing::TestPartResult> failures_of(const std::function<void()>& function) {
  testing::TestPartResultArray caught;
  {
    const testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &caught);
    function();
  }
  std::vector<testing::TestPartResult> all;
  for (int i = 0; i < caught.size(); ++i)
    all.push_back(caught.GetTestPartResult(i));
  return all;
}

void expect_one_failure(const std::vector<testing::TestPartResult>& failures,
                        const std::vector<std::string>& parts) {
  ASSERT_EQ(failures.size(), 1U);
  for (const std::string& part : parts)
    EXPECT_THAT(failures[0].message(), testing::HasSubstr(part));
}

// --- sick

TEST(no_stall, finds_a_handler_that_computes) {
  const auto failures = failures_of([] {
    loop in;
    ASSERT_NO_STALL(in, 20ms);
    many_short_handlers(in);
    asio::post(in.context(), [] { work_hard_for(200ms); });
    in.run();
  });
  expect_one_failure(failures,
                     {"a handler blocked the loop", "work_hard_for", "no_stall_test.cpp"});
  EXPECT_TRUE(failures.at(0).fatally_failed());
}

TEST(no_stall, finds_a_handler_that_sleeps) {
  const auto failures = failures_of([] {
    loop in;
    EXPECT_NO_STALL(in, 20ms);
    asio::post(in.context(), [] { sleep_badly_for(300ms); });
    in.run();
  });
  expect_one_failure(failures, {"a handler blocked the loop", "sleep_badly_for", " asleep"});
  EXPECT_TRUE(failures.at(0).nonfatally_failed());
}

TEST(no_stall, finds_each) {
  const auto failures = failures_of([] {
    loop in;
    EXPECT_NO_STALL(in, 10ms);
    for (int i = 0; i < 2; ++i)
      asio::post(in.context(), [] { work_hard_for(100ms); });
    in.run();
  });
  EXPECT_EQ(failures.size(), 2U);
}

TEST(no_stall, finds_one_in_a_test_that_is_a_coroutine) {
  const auto failures = failures_of([] {
    run([]() -> asio::awaitable<void> {
      const no_blocking_scope scope(20ms);
      co_await sleep_for(1h);
      sleep_badly_for(300ms);
      co_await sleep_for(1h);
    });
  });
  expect_one_failure(failures, {"the thread was blocked", "sleep_badly_for"});
}

TEST(no_stall, finds_what_is_in_no_loop) {
  const auto failures = failures_of([] {
    const no_blocking_scope scope(20ms);
    sleep_badly_for(300ms);
  });
  expect_one_failure(failures, {"the thread was blocked", "sleep_badly_for"});
}

TEST(no_stall, finds_one_in_a_loop_of_another_thread) {
  const auto failures = failures_of([] {
    asio::io_context loop;
    EXPECT_NO_STALL(loop.get_executor(), 20ms);
    asio::post(loop, [] { sleep_badly_for(300ms); });
    std::thread([&] { EXPECT_EQ(run_watched(loop), 1U); }).join();
  });
  expect_one_failure(failures, {"a handler blocked the loop", "sleep_badly_for"});
}

TEST(no_stall, does_not_say_that_all_is_well_when_it_has_seen_nothing) {
  const auto failures = failures_of([] {
    asio::io_context loop;
    EXPECT_NO_STALL(loop, 20ms);
    asio::post(loop, [] { sleep_badly_for(50ms); });
    loop.run();
  });
  expect_one_failure(failures, {"nothing was watched"});
}

// --- healthy

TEST(no_stall, is_content_with_many_short_handlers) {
  loop in;
  ASSERT_NO_STALL(in, 20ms);
  many_short_handlers(in);
  in.run();
}

ASYNC_TEST(no_stall, is_content_with_long_virtual_times) {
  ASSERT_NO_STALL(co_await asio::this_coro::executor, 20ms);
  const no_blocking_scope scope(20ms);
  for (int i = 0; i < 100; ++i)
    co_await sleep_for(1h);
}

TEST(no_stall, is_content_with_a_loop_that_waits) {
  run(
      []() -> asio::awaitable<void> {
        const no_blocking_scope scope(20ms);
        asio::steady_timer real(co_await asio::this_coro::executor, 200ms);
        co_await real.async_wait(asio::use_awaitable);
      },
      {});
  asio::io_context loop;
  ASSERT_NO_STALL(loop, 20ms);
  asio::steady_timer real(loop, 200ms);
  bool rang = false;
  real.async_wait([&](auto) { rang = true; });
  EXPECT_EQ(run_watched(loop), 1U);
  EXPECT_TRUE(rang);
}

TEST(no_stall, does_not_mind_what_other_threads_do) {
  std::thread other([] { work_hard_for(250ms); });
  {
    const no_blocking_scope scope(100ms);
    const auto end = std::chrono::steady_clock::now() + 300ms;
    loop in;
    while (std::chrono::steady_clock::now() < end) {
      asio::post(in.context(), [] {});
      in.run();
    }
  }
  other.join();
}

// A thread that others do not let run blocks nobody.
TEST(no_stall, is_content_on_a_machine_that_is_busy) {
  std::atomic<bool> over{false};
  std::vector<std::thread> crowd;
  for (unsigned i = 0; i < 4 * std::thread::hardware_concurrency(); ++i)
    crowd.emplace_back([&] {
      while (!over) {
      }
    });
  {
    loop in;
    ASSERT_NO_STALL(in, 20ms);
    many_short_handlers(in);
    in.run();
  }
  over = true;
  for (std::thread& each : crowd)
    each.join();
}

// As a debugger does.
TEST(no_stall, is_content_when_the_process_is_stopped) {
  loop in;
  ASSERT_NO_STALL(in, 20ms);
  const pid_t self = getpid();
  asio::post(in.context(), [self] {
    const pid_t child = fork();
    if (child == 0) {
      kill(self, SIGSTOP);
      const timespec time{0, 300'000'000};
      nanosleep(&time, nullptr);
      kill(self, SIGCONT);
      _exit(0);
    }
    int status = 0;
    // Not asleep while it is stopped, nor before.
    while (waitpid(child, &status, WNOHANG) == 0 && own_cpu_time() < 1h)
      std::this_thread::yield();
  });
  in.run();
}

}  // namespace
