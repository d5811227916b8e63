// SPDX-License-Identifier: BSL-1.0
// Several threads, several loops, snapshots and readers meanwhile: for ThreadSanitizer, and for
// exact totals.
#include "figures.hpp"

#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST(hooks, with_four_threads_on_one_loop_count_every_handler) {
  constexpr std::uint64_t each = 5'000;
  std::atomic<std::uint64_t> calls{0};
  {
    asio::io_context c(4);
    asioscope::name_loop(c, "four");
    auto guard = std::optional(asio::make_work_guard(c));
    auto strand = asio::make_strand(c);
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k)
      threads.emplace_back([&] { c.run(); });
    std::vector<std::thread> posters;
    for (int k = 0; k < 2; ++k)
      posters.emplace_back([&] {
        for (std::uint64_t i = 0; i < each; ++i) {
          asio::post(c, [&] { ++calls; });
          if (i % 10 == 0) asio::post(strand, [&] { ++calls; });
        }
      });
    for (int i = 0; i < 50; ++i)
      static_cast<void>(figures());
    for (auto& t : posters)
      t.join();
    guard.reset();
    for (auto& t : threads)
      t.join();
    EXPECT_EQ(figures().loop("four").pending, 0U);
    EXPECT_EQ(figures().loop("four").hops, 0U);
  }
  EXPECT_EQ(calls, 2 * each + 2 * each / 10);
  EXPECT_EQ(figures().handlers("four").run.count(), calls);
  EXPECT_EQ(figures().handlers("four").unrun, 0U);
}

TEST(hooks, of_a_loop_that_is_stopped_account_for_what_was_left) {
  std::atomic<std::uint64_t> calls{0};
  std::uint64_t created = 0;
  {
    asio::io_context c(4);
    asioscope::name_loop(c, "stopped");
    auto guard = asio::make_work_guard(c);
    std::vector<std::thread> threads;
    for (int k = 0; k < 4; ++k)
      threads.emplace_back([&] { c.run(); });
    for (; created < 5'000; ++created)
      asio::post(c, [&] { ++calls; });
    c.stop();
    for (auto& t : threads)
      t.join();
    EXPECT_EQ(figures().loop("stopped").pending, created - calls);
  }
  EXPECT_EQ(figures().handlers("stopped").run.count(), calls);
  EXPECT_EQ(figures().handlers("stopped").unrun, created - calls);
}

asio::awaitable<void> hopping(asio::io_context& a, asio::io_context& b, int n) {
  for (int i = 0; i < n; ++i) {
    co_await asio::post(a, asio::use_awaitable);
    co_await asio::post(b, asio::use_awaitable);
  }
}

TEST(hooks, with_tasks_that_move_between_threads_and_readers_stay_exact) {
  namespace recorder = asioscope::recorder;
  asio::io_context a(2);
  asio::io_context b(2);
  asioscope::name_loop(a, "here");
  asioscope::name_loop(b, "there");
  auto guard_a = std::optional(asio::make_work_guard(a));
  auto guard_b = std::optional(asio::make_work_guard(b));
  std::atomic<int> done{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> runners;
  for (int k = 0; k < 2; ++k) {
    runners.emplace_back([&] { a.run(); });
    runners.emplace_back([&] { b.run(); });
  }
  std::thread watcher([&] {
    const recorder::trace_request request;
    recorder::event_reader reader;
    while (!stop) {
      asioscope::schema::trace trace;
      reader.read(trace);
      recorder::probe_idle_loops(0);
      static_cast<void>(figures());
    }
  });
  constexpr int tasks = 100;
  for (int i = 0; i < tasks; ++i)
    asio::co_spawn(a, hopping(a, b, 10), [&](std::exception_ptr) { ++done; });
  while (done < tasks)
    std::this_thread::sleep_for(1ms);
  stop = true;
  watcher.join();
  guard_a.reset();
  guard_b.reset();
  for (auto& t : runners)
    t.join();
  const figures now;
  EXPECT_EQ(now.spawned("here"), static_cast<std::uint64_t>(tasks));
  EXPECT_EQ(now.spawned("there"), 0U);
  for (const char* loop : {"here", "there"}) {
    EXPECT_EQ(now.loop(loop).pending, 0U) << loop;
    EXPECT_EQ(now.loop(loop).outstanding, 0U) << loop;
  }
  for (const auto& t : now.all().tasks)
    EXPECT_FALSE(is_live(t.state));
}

TEST(hooks, with_loops_that_come_and_go_under_probes_and_snapshots) {
  namespace recorder = asioscope::recorder;
  std::atomic<bool> stop{false};
  std::thread watcher([&] {
    while (!stop) {
      recorder::probe_idle_loops(0);
      static_cast<void>(figures());
    }
  });
  std::vector<std::thread> threads;
  for (int k = 0; k < 2; ++k)
    threads.emplace_back([k] {
      for (int i = 0; i < 100; ++i) {
        asio::io_context c;
        asioscope::name_loop(c, k == 0 ? "ephemeral a" : "ephemeral b");
        asio::steady_timer timer(c, 100us);
        timer.async_wait([](const boost::system::error_code&) {});
        asio::post(c, [] {});
        c.run();
      }
    });
  for (auto& t : threads)
    t.join();
  stop = true;
  watcher.join();
  for (const char* name : {"ephemeral a", "ephemeral b"})
    EXPECT_EQ(figures().handlers(name).run.count(), 200U) << name;
}

TEST(mode, changed_at_any_moment_leaves_nothing_pending) {
  namespace recorder = asioscope::recorder;
  asio::io_context c(2);
  asioscope::name_loop(c, "switched");
  auto guard = std::optional(asio::make_work_guard(c));
  std::vector<std::thread> runners;
  for (int k = 0; k < 2; ++k)
    runners.emplace_back([&] { c.run(); });
  for (int i = 0; i < 300; ++i) {
    recorder::set_mode(i % 3 == 0   ? recorder::mode::off
                       : i % 3 == 1 ? recorder::mode::metrics
                                    : recorder::mode::trace);
    for (int k = 0; k < 20; ++k)
      asio::post(c, [] {});
  }
  recorder::set_mode(recorder::mode::metrics);
  guard.reset();
  for (auto& t : runners)
    t.join();
  EXPECT_EQ(figures().loop("switched").pending, 0U);
}

}  // namespace
