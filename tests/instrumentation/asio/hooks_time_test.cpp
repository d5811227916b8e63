// SPDX-License-Identifier: BSL-1.0
// What time loops, threads and strands spent on what, with asioscope::hooks.
#include "figures.hpp"
#include "spin.hpp"

#include "asioscope/instrumentation/name_loop.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace schema = asioscope::schema;
using namespace std::chrono_literals;

constexpr std::uint64_t ms = 1'000'000;

struct named_context : asio::io_context {
  explicit named_context(const char* name, int concurrency = 2) : asio::io_context(concurrency) {
    asioscope::name_loop(*this, name);
  }
};

schema::thread_statistics thread_now(std::int32_t os_id) {
  const auto now = figures().all();
  for (const auto& thread : now.threads)
    for (const auto& each : now.thread_stats)
      if (thread.os_id == os_id && each.thread == thread.id) return each;
  return {};
}

std::uint64_t own_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 * ms +
         static_cast<std::uint64_t>(time.tv_nsec);
}

std::int32_t this_os_id() { return static_cast<std::int32_t>(syscall(SYS_gettid)); }

/// What the handlers themselves measured.
double handlers_sum(std::string_view loop) {
  return static_cast<double>(figures().handlers(loop).run.sum_ns);
}

TEST(busy, of_a_polled_loop_is_exactly_its_handlers_whatever_is_done_between) {
  named_context c("polled");
  const auto before = thread_now(this_os_id());
  const auto cpu_before = own_cpu_ns();
  for (int i = 0; i < 5; ++i) {
    asio::post(c, [] { spin(2ms); });
    asio::post(c, [] { spin(1ms); });
    c.restart();
    while (c.poll_one() != 0)
      spin(3ms);  // other work of the thread that polls
  }
  const auto loop = figures().loop("polled");
  EXPECT_NEAR(static_cast<double>(loop.busy_ns), handlers_sum("polled"), 2);
  EXPECT_GE(loop.busy_ns, 15 * ms);
  EXPECT_LE(loop.idle_ns, 10 * ms) << "other work is not waiting";
  const auto after = thread_now(this_os_id());
  EXPECT_NEAR(static_cast<double>(after.busy_ns - before.busy_ns),
              static_cast<double>(loop.busy_ns), 2);
  EXPECT_NEAR(static_cast<double>(after.cpu_ns - before.cpu_ns),
              static_cast<double>(own_cpu_ns() - cpu_before), 10.0 * ms);
}

TEST(busy, of_two_threads_with_sparse_posts_is_exactly_the_handlers) {
  named_context c("sparse", 2);
  auto guard = asio::make_work_guard(c);
  std::vector<std::int32_t> ids(2);
  std::vector<std::thread> threads;
  for (std::size_t k = 0; k < 2; ++k)
    threads.emplace_back([&, k] {
      ids[k] = this_os_id();
      c.run();
    });
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    asio::post(c, [] { spin(1ms); });
    std::this_thread::sleep_for(5ms);
  }
  const auto lasted = std::chrono::steady_clock::now() - begin;
  guard.reset();
  for (auto& t : threads)
    t.join();
  const auto loop = figures().loop("sparse");
  EXPECT_NEAR(static_cast<double>(loop.busy_ns), handlers_sum("sparse"), 2);
  EXPECT_GE(loop.busy_ns, 20 * ms);
  // Each is rounded by itself.
  EXPECT_NEAR(static_cast<double>(thread_now(ids[0]).busy_ns + thread_now(ids[1]).busy_ns),
              static_cast<double>(loop.busy_ns), 2);
  // A thread of these cannot be idle for longer than it lived.
  EXPECT_LE(loop.idle_ns + loop.busy_ns,
            static_cast<std::uint64_t>(std::chrono::nanoseconds(lasted).count()) * 2 + 20 * ms);
  for (const auto id : ids) {
    const auto t = thread_now(id);
    EXPECT_LE(t.cpu_ns, t.busy_ns + 50 * ms);
    EXPECT_GT(t.cpu_ns, 0U) << "a thread that is gone keeps its figures";
  }
}

TEST(idle, of_a_pool_that_runs_strands_is_the_time_between_them) {
  asio::thread_pool pool(1);
  asioscope::name_loop(pool, "strand pool");
  auto strand = asio::make_strand(pool);
  for (int i = 0; i < 4; ++i) {
    asio::post(strand, [] { spin(1ms); });
    std::this_thread::sleep_for(20ms);
  }
  pool.join();
  const auto loop = figures().loop("strand pool");
  EXPECT_GE(loop.idle_ns, 3 * 15 * ms);
  EXPECT_LE(loop.idle_ns, 1000 * ms);
}

TEST(turns, that_take_many_handlers_are_as_long_as_those_that_take_one) {
  asioscope::recorder::set_thresholds({});
  named_context c("long turns");
  auto timer = asio::steady_timer(c, 1ms);
  timer.async_wait([&](auto) {
    for (int i = 0; i < 8; ++i)
      asio::post(c, [] { spin(5ms); });
    timer.expires_after(50ms);
    timer.async_wait([](auto) {});
  });
  c.run();
  const auto loop = figures().loop("long turns");
  EXPECT_GE(loop.long_turns, 1U);
  EXPECT_GE(loop.longest_turn_ns, 40 * ms);
  EXPECT_GE(loop.corrected_lag.quantile_seconds(0.99), 0.020);
}

TEST(strand_wait, is_the_time_in_which_the_strand_was_taken) {
  named_context c("strand wait", 2);
  auto strand = asio::make_strand(c);
  for (int i = 0; i < 3; ++i)
    asio::post(strand, [] { spin(4ms); });
  c.run();
  // The second waited for the first, the third for both.
  const auto wait = figures().loop("strand wait").strand_wait;
  EXPECT_EQ(wait.count(), 3U);
  EXPECT_GE(wait.sum_ns, 12 * ms - ms / 10);
  EXPECT_LE(wait.sum_ns, figures().handlers("strand wait").delay.sum_ns + ms / 10);
}

TEST(strand_wait, is_not_the_time_in_which_no_thread_was_free) {
  named_context c("thread wait", 2);
  auto strand = asio::make_strand(c);
  asio::post(c, [] { spin(10ms); });
  asio::post(strand, [] {});
  c.run();
  const auto now = figures();
  EXPECT_EQ(now.loop("thread wait").strand_wait.count(), 1U);
  EXPECT_LE(now.loop("thread wait").strand_wait.sum_ns, 5 * ms);
  EXPECT_GE(now.handlers("thread wait").delay.sum_ns, 9 * ms);
}

TEST(strand_wait, is_none_outside_of_strands) {
  named_context c("no strand");
  auto strand = asio::make_strand(c);
  asio::post(strand, [&] { throw 1; });
  EXPECT_THROW(c.run(), int);
  asio::post(c, [] {});
  c.restart();
  c.run();
  EXPECT_EQ(figures().loop("no strand").strand_wait.count(), 1U) << "the one that threw";
}

asio::awaitable<void> naps(int times) {
  for (int i = 0; i < times; ++i) {
    asio::steady_timer timer(co_await asio::this_coro::executor, 2ms);
    co_await timer.async_wait(asio::use_awaitable);
    spin(1ms);
  }
}

TEST(task, life_is_busy_scheduled_and_idle) {
  named_context c("task time");
  asio::post(c, [] { spin(5ms); });
  asio::co_spawn(c, naps(4), asio::detached);
  c.run();
  schema::task_info task;
  for (const auto& each : figures().all().tasks)
    if (figures().site_name(each.site).find("naps") != std::string_view::npos) task = each;
  ASSERT_NE(task.id, 0U);
  EXPECT_GE(task.scheduled_ns, 4 * ms) << "it waited for the handler before it";
  EXPECT_GE(task.busy_ns, 4 * ms);
  const auto life = static_cast<std::uint64_t>(task.ended_ns - task.spawned_ns);
  EXPECT_GE(life, task.busy_ns + task.scheduled_ns + 6 * ms) << "it slept";
}

}  // namespace
