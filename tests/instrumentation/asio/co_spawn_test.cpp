// SPDX-License-Identifier: BSL-1.0
// asioscope::co_spawn: built without hooks and with them; what is promised is the same.
#include "asioscope/instrumentation/co_spawn.hpp"

#include "figures.hpp"
#include "spin.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace {

namespace asio = boost::asio;
namespace schema = asioscope::schema;
using namespace std::chrono_literals;

asio::awaitable<void> nap(std::chrono::nanoseconds span = 1ms) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<int> answer() {
  co_await nap();
  co_return 42;
}

asio::awaitable<void> fail() {
  co_await nap();
  throw std::runtime_error("on purpose");
}

void expect_tasks(std::string_view loop, std::string_view name, std::uint64_t spawned,
                  std::uint64_t finished, std::uint64_t failed = 0, std::uint64_t cancelled = 0,
                  std::uint64_t abandoned = 0) {
  const auto t = figures().tasks(loop, name);
  EXPECT_EQ(t.spawned, spawned) << name;
  EXPECT_EQ(t.finished, finished) << name;
  EXPECT_EQ(t.failed, failed) << name;
  EXPECT_EQ(t.cancelled, cancelled) << name;
  EXPECT_EQ(t.abandoned, abandoned) << name;
  EXPECT_EQ(t.duration.count(), finished) << name;
}

TEST(co_spawn, counts_each_outcome_once) {
  asio::cancellation_signal stop;
  int exceptions = 0;
  const auto on_end = [&](std::exception_ptr e) { exceptions += e != nullptr; };
  {
    asio::io_context c;
    const auto ex = asioscope::instrument(c, "outcomes");
    for (int i = 0; i < 4; ++i)
      asioscope::co_spawn(ex, "done", nap());
    for (int i = 0; i < 3; ++i)
      asioscope::co_spawn(ex, "failed", fail(), on_end);
    asioscope::co_spawn(ex, "failed", fail(), asio::detached);
    asioscope::co_spawn(ex, "cancelled", nap(1h),
                        asio::bind_cancellation_slot(stop.slot(), on_end));
    asioscope::co_spawn(ex, "abandoned", nap(1h));
    c.run_for(30ms);
    stop.emit(asio::cancellation_type::terminal);
    c.run_for(10ms);
    expect_tasks("outcomes", "abandoned", 1, 0);
  }
  EXPECT_EQ(exceptions, 4);
  expect_tasks("outcomes", "done", 4, 4);
  expect_tasks("outcomes", "failed", 4, 4, 4);
  expect_tasks("outcomes", "cancelled", 1, 1, 0, 1);
  expect_tasks("outcomes", "abandoned", 1, 1, 0, 0, 1);
  EXPECT_EQ(figures().spawned("outcomes"), 10U) << "and no other tasks";
  EXPECT_EQ(figures().loop("outcomes").pending, 0U);
}

TEST(co_spawn, counts_operation_aborted_as_cancelled) {
  asio::io_context c;
  asio::steady_timer timer(c, 1h);
  asioscope::co_spawn(c, "aborted", [&]() -> asio::awaitable<void> {
    co_await timer.async_wait(asio::use_awaitable);
  });
  asioscope::name_loop(c, "aborts");
  c.poll();
  timer.cancel();
  c.run();
  expect_tasks("aborts", "aborted", 1, 1, 0, 1);
}

TEST(co_spawn, that_never_began_is_abandoned) {
  {
    asio::io_context c;
    const auto ex = asioscope::instrument(c, "never");
    asioscope::co_spawn(ex, "never began", nap());
  }
  const figures now;
  std::uint64_t abandoned = 0;
  for (const auto& t : now.all().task_stats)
    if (t.loop == now.find_loop("never")->id) abandoned += t.abandoned;
  EXPECT_EQ(abandoned, 1U);
  EXPECT_EQ(now.spawned("never"), 1U);
}

TEST(co_spawn, hands_values_to_every_kind_of_token) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "values");
  int sum = 0;
  asioscope::co_spawn(ex, "value", answer(), [&](std::exception_ptr, int v) { sum += v; });
  auto future = asioscope::co_spawn(ex, "value", answer(), asio::use_future);
  asioscope::co_spawn(ex, "value", answer(),
                      asio::deferred)([&](std::exception_ptr, int v) { sum += v; });
  asioscope::co_spawn(
      ex, "outer",
      [&]() -> asio::awaitable<void> {
        sum += co_await asioscope::co_spawn(ex, "value", answer(), asio::use_awaitable);
      },
      asio::detached);
  asioscope::co_spawn(
      ex, "moved",
      []() -> asio::awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(8); },
      [&](std::exception_ptr, std::unique_ptr<int> v) { sum += *v; });
  c.run();
  EXPECT_EQ(sum, 3 * 42 + 8);
  EXPECT_EQ(future.get(), 42);
  expect_tasks("values", "value", 4, 4);
  expect_tasks("values", "outer", 1, 1);
  expect_tasks("values", "moved", 1, 1);
  EXPECT_EQ(figures().spawned("values"), 6U);
}

TEST(co_spawn, passes_exceptions_on) {
  asio::io_context c;
  auto future = asioscope::co_spawn(c, "thrower", fail(), asio::use_future);
  c.run();
  EXPECT_THROW(future.get(), std::runtime_error);
}

TEST(co_spawn, lists_a_task_while_it_waits_with_name_age_and_parent) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "listing");
  asioscope::co_spawn(ex, "parent", [&]() -> asio::awaitable<void> {
    spin(2ms);
    asioscope::co_spawn(ex, "child", nap(1h));
    co_await nap(1h);
  });
  const auto count = [](std::string_view name) { return figures().listed(name).size(); };
  c.run_for(20ms);
  ASSERT_EQ(count("parent"), 1U);
  ASSERT_EQ(count("child"), 1U);
  const figures now;
  const auto parent = now.listed("parent")[0];
  const auto child = now.listed("child")[0];
  EXPECT_EQ(parent.state, schema::task_state::suspended);
  EXPECT_EQ(child.state, schema::task_state::suspended);
  EXPECT_EQ(child.parent, parent.id);
  EXPECT_EQ(parent.parent, 0U);
  EXPECT_GE(parent.runs, 1U);
  EXPECT_GE(parent.busy_ns, 1'990'000U);
  EXPECT_LE(parent.spawned_ns, child.spawned_ns);
  EXPECT_LE(child.spawned_ns, now.all().time.monotonic_ns);
  EXPECT_EQ(now.tasks("listing", "parent").finished, 0U);
}

TEST(co_spawn, shows_a_task_as_running_while_it_runs) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "running");
  schema::task_state seen = schema::task_state::done;
  asioscope::co_spawn(ex, "runner", [&]() -> asio::awaitable<void> {
    co_await nap();
    seen = figures().listed("runner").at(0).state;
  });
  c.run();
  EXPECT_EQ(seen, schema::task_state::running);
  EXPECT_EQ(figures().listed("runner").at(0).state, schema::task_state::done);
}

TEST(co_spawn, charges_the_runs_to_the_task) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "charged");
  asioscope::co_spawn(ex, "worker", []() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      spin(3ms);
      co_await nap();
    }
  });
  c.run();
  const auto task = figures().listed("worker").at(0);
  EXPECT_GE(task.busy_ns, 8'990'000U);
  EXPECT_LE(task.busy_ns, figures().loop("charged").busy_ns);
  EXPECT_GE(task.longest_ns, 2'990'000U);
  EXPECT_GE(task.runs, 4U);
}

TEST(co_spawn, on_a_bare_executor_records_too) {
  asio::io_context c;
  asioscope::name_loop(c, "bare");
  asioscope::co_spawn(c, "on context", nap());
  asioscope::co_spawn(c.get_executor(), "on executor", nap());
  asioscope::co_spawn(asio::make_strand(c), "on strand", nap());
  asioscope::co_spawn(asio::any_io_executor(c.get_executor()), "on any", nap());
  c.run();
  for (const char* name : {"on context", "on executor", "on strand", "on any"}) {
    expect_tasks("bare", name, 1, 1);
    EXPECT_GE(figures().listed(name).at(0).runs, 1U) << name;
  }
  EXPECT_EQ(figures().spawned("bare"), 4U);
  EXPECT_EQ(figures().loop("bare").pending, 0U);
}

TEST(co_spawn, of_a_function_runs_it_once) {
  asio::io_context c;
  int calls = 0;
  auto counter = std::make_unique<int>(0);
  asioscope::co_spawn(c, "function",
                      [&calls, kept = std::move(counter)]() -> asio::awaitable<void> {
                        ++calls;
                        co_await nap();
                        ++*kept;
                      });
  EXPECT_EQ(calls, 0) << "not before run()";
  c.run();
  EXPECT_EQ(calls, 1);
}

TEST(co_spawn, when_off_spawns_and_records_nothing) {
  namespace recorder = asioscope::recorder;
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "off");
  recorder::set_mode(recorder::mode::off);
  int answers = 0;
  asioscope::co_spawn(ex, "unseen", answer(), [&](std::exception_ptr, int v) { answers += v; });
  c.run_one();
  recorder::set_mode(recorder::mode::metrics);
  c.run();
  EXPECT_EQ(answers, 42);
  EXPECT_EQ(figures().spawned("off"), 0U);
  EXPECT_TRUE(figures().listed("unseen").empty());
  EXPECT_EQ(figures().loop("off").pending, 0U);
}

TEST(co_spawn, spawned_before_off_is_counted_out) {
  namespace recorder = asioscope::recorder;
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "off later");
  asioscope::co_spawn(ex, "seen", nap());
  c.poll();
  recorder::set_mode(recorder::mode::off);
  c.run();
  recorder::set_mode(recorder::mode::metrics);
  expect_tasks("off later", "seen", 1, 1);
}

TEST(co_spawn, with_many_at_once_counts_every_one) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "many");
  int ended = 0;
  for (int i = 0; i < 3000; ++i)
    asioscope::co_spawn(ex, "one of many", nap(0ms), [&](std::exception_ptr) { ++ended; });
  c.run();
  EXPECT_EQ(ended, 3000);
  expect_tasks("many", "one of many", 3000, 3000);
  EXPECT_EQ(figures().all().self.task_overflow, 0U);
}

}  // namespace
