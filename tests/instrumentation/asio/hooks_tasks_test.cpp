// SPDX-License-Identifier: BSL-1.0
// Plain Asio coroutines with asioscope::hooks.
#include "figures.hpp"
#include "spin.hpp"

#include "asioscope/instrumentation/name_loop.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace tasks {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> nap(std::chrono::nanoseconds span = 1ms) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
}
asio::awaitable<void> long_nap() { co_await nap(1h); }
asio::awaitable<void> sleeper() { co_await nap(); }
asio::awaitable<int> counter() {
  co_await nap();
  co_return 7;
}
asio::awaitable<void> failer() {
  co_await nap();
  throw std::runtime_error("on purpose");
}
asio::awaitable<void> quick() { co_return; }
asio::awaitable<void> left_half() { co_await nap(); }
asio::awaitable<void> right_half() { co_await nap(2ms); }
asio::awaitable<void> both_halves() {
  using namespace asio::experimental::awaitable_operators;
  co_await (left_half() && right_half());
}
asio::awaitable<void> first_half() {
  using namespace asio::experimental::awaitable_operators;
  co_await (left_half() || long_nap());
}
asio::awaitable<void> busy_leaf() {
  spin(3ms);
  co_await asio::post(asio::use_awaitable);
  spin(3ms);
}
asio::awaitable<void> busy_root() { co_await busy_leaf(); }
asio::awaitable<void> deferring() {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
  co_await timer.async_wait(asio::deferred);
  spin(3ms);
}

}  // namespace tasks

namespace {

using namespace tasks;
namespace schema = asioscope::schema;

struct named_context : asio::io_context {
  explicit named_context(const char* name) { asioscope::name_loop(*this, name); }
};

struct outcome {
  std::uint64_t spawned = 0, finished = 0, failed = 0, cancelled = 0, abandoned = 0;
  friend bool operator==(const outcome&, const outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const outcome& o) {
    return out << "spawned " << o.spawned << " finished " << o.finished << " failed " << o.failed
               << " cancelled " << o.cancelled << " abandoned " << o.abandoned;
  }
};

/// The tasks of a loop whose name contains `part`.
outcome tasks_of(std::string_view loop, std::string_view part = {}) {
  const figures now;
  outcome sum;
  for (const auto& t : now.all().task_stats) {
    if (now.find_loop(loop) == nullptr || t.loop != now.find_loop(loop)->id) continue;
    if (now.site_name(t.site).find(part) == std::string_view::npos) continue;
    sum.spawned += t.spawned;
    sum.finished += t.finished;
    sum.failed += t.failed;
    sum.cancelled += t.cancelled;
    sum.abandoned += t.abandoned;
  }
  return sum;
}

TEST(tasks, are_named_after_their_coroutine_and_counted_once) {
  named_context c("names");
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(c, sleeper(), asio::detached);
  asio::co_spawn(c, quick(), asio::detached);
  EXPECT_EQ(tasks_of("names").finished, 0U);
  c.run();
  EXPECT_EQ(tasks_of("names", "sleeper"), (outcome{3, 3, 0, 0, 0}));
  EXPECT_EQ(tasks_of("names", "quick"), (outcome{1, 1, 0, 0, 0}));
  EXPECT_EQ(tasks_of("names"), (outcome{4, 4, 0, 0, 0})) << "what they await is no task";
  EXPECT_EQ(figures().loop("names").pending, 0U);
  EXPECT_EQ(figures().loop("names").outstanding, 0U);
}

TEST(tasks, of_every_token_are_counted) {
  named_context c("tokens");
  int sum = 0;
  asio::co_spawn(c, counter(), [&](std::exception_ptr, int v) { sum += v; });
  auto future = asio::co_spawn(c, counter(), asio::use_future);
  asio::co_spawn(c, counter(), asio::deferred)([&](std::exception_ptr, int v) { sum += v; });
  asio::co_spawn(
      c,
      [&]() -> asio::awaitable<void> {
        sum += co_await asio::co_spawn(c, counter(), asio::use_awaitable);
      },
      asio::detached);
  c.run();
  EXPECT_EQ(sum, 21);
  EXPECT_EQ(future.get(), 7);
  EXPECT_EQ(tasks_of("tokens", "counter"), (outcome{4, 4, 0, 0, 0}));
  EXPECT_EQ(tasks_of("tokens"), (outcome{5, 5, 0, 0, 0}));
}

TEST(tasks, that_throw_are_counted_as_failed) {
  named_context c("throwing");
  std::exception_ptr error;
  asio::co_spawn(c, failer(), [&](std::exception_ptr e) { error = e; });
  asio::co_spawn(c, failer(), asio::detached);
  auto future = asio::co_spawn(c, failer(), asio::use_future);
  c.run();
  EXPECT_NE(error, nullptr);
  EXPECT_THROW(future.get(), std::runtime_error);
  EXPECT_EQ(tasks_of("throwing"), (outcome{3, 3, 3, 0, 0}));
}

TEST(tasks, that_are_cancelled_are_counted_as_cancelled) {
  named_context c("stopped");
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(c, long_nap(),
                 asio::bind_cancellation_slot(stop.slot(),
                                              [&](std::exception_ptr e) { ended = e != nullptr; }));
  c.poll();
  stop.emit(asio::cancellation_type::terminal);
  c.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(tasks_of("stopped", "long_nap"), (outcome{1, 1, 0, 1, 0}));
  EXPECT_EQ(tasks_of("stopped"), (outcome{1, 1, 0, 1, 0}));
}

TEST(tasks, destroyed_with_their_loop_are_counted_as_abandoned) {
  {
    named_context c("left");
    asio::co_spawn(c, long_nap(), asio::detached);
    c.poll();
    asio::co_spawn(c, long_nap(), asio::detached);  // never begins
    EXPECT_EQ(tasks_of("left").finished, 0U);
  }
  EXPECT_EQ(tasks_of("left"), (outcome{2, 2, 0, 0, 2}));
  EXPECT_EQ(tasks_of("left", "long_nap").abandoned, 1U);
}

TEST(tasks, joined_by_operators_are_tasks_of_their_own) {
  named_context c("operators");
  asio::co_spawn(c, both_halves(), asio::detached);
  c.run();
  EXPECT_EQ(tasks_of("operators", "both_halves"), (outcome{1, 1, 0, 0, 0}));
  EXPECT_EQ(tasks_of("operators", "left_half"), (outcome{1, 1, 0, 0, 0}));
  EXPECT_EQ(tasks_of("operators", "right_half"), (outcome{1, 1, 0, 0, 0}));
  EXPECT_EQ(tasks_of("operators"), (outcome{3, 3, 0, 0, 0}));
  asio::co_spawn(c, first_half(), asio::detached);
  c.restart();
  c.run();
  EXPECT_EQ(tasks_of("operators", "long_nap"), (outcome{1, 1, 0, 1, 0}));
  EXPECT_EQ(tasks_of("operators"), (outcome{6, 6, 0, 1, 0}));
}

TEST(tasks, have_the_task_that_spawned_them_as_parent) {
  named_context c("parents");
  asio::co_spawn(
      c,
      [&]() -> asio::awaitable<void> {
        co_await nap();
        asio::co_spawn(c, long_nap(), asio::detached);
        co_await long_nap();
      },
      asio::detached);
  c.run_for(20ms);
  std::uint64_t root = 0;
  std::uint64_t parent = 0;
  const figures now;
  for (const auto& t : now.all().tasks) {
    if (!is_live(t.state) || t.loop != now.find_loop("parents")->id) continue;
    EXPECT_EQ(t.state, schema::task_state::suspended);
    if (now.site_name(t.site).find("long_nap") != std::string_view::npos)
      parent = t.parent;
    else
      root = t.id;
  }
  EXPECT_NE(root, 0U);
  EXPECT_EQ(parent, root);
}

TEST(runs, are_charged_to_the_first_coroutine_of_the_user_that_is_resumed) {
  named_context c("charges");
  asio::co_spawn(c, busy_root(), asio::detached);
  c.run();
  const figures now;
  // The start resumes the root, the post resumes the leaf.
  EXPECT_EQ(now.handlers("charges", "busy_root").run.count(), 1U);
  EXPECT_EQ(now.handlers("charges", "busy_leaf").run.count(), 1U);
  EXPECT_GE(now.handlers("charges", "busy_root").run.sum_ns, 2'990'000U);
  EXPECT_GE(now.handlers("charges", "busy_leaf").run.sum_ns, 2'990'000U);
  for (const auto& s : now.all().site_stats) {
    if (s.loop != now.find_loop("charges")->id || s.run.sum_ns < 2'000'000) continue;
    EXPECT_NE(now.site_name(s.site).find("busy_"), std::string_view::npos) << now.site_name(s.site);
  }
  ASSERT_EQ(tasks_of("charges", "busy_root").finished, 1U);
  for (const auto& t : now.all().tasks)
    if (t.loop == now.find_loop("charges")->id) {
      EXPECT_GE(t.busy_ns, 5'980'000U);
      EXPECT_EQ(t.runs, 2U);
    }
}

TEST(runs, resumed_through_deferred_are_charged_too) {
  named_context c("deferred");
  asio::co_spawn(c, deferring(), asio::detached);
  c.run();
  EXPECT_GE(figures().handlers("deferred", "deferring").run.sum_ns, 2'990'000U);
}

TEST(runs, of_a_coroutine_on_a_strand_count_its_hops_apart) {
  named_context c("strand");
  int done = 0;
  asio::co_spawn(
      asio::make_strand(c),
      []() -> asio::awaitable<void> {
        for (int i = 0; i < 10; ++i)
          co_await nap(0ms);
      },
      [&](std::exception_ptr) { ++done; });
  c.run();
  EXPECT_EQ(done, 1);
  const figures now;
  EXPECT_EQ(tasks_of("strand"), (outcome{1, 1, 0, 0, 0}));
  // The start, ten resumptions, and the handler at the end, which Asio may run inline.
  EXPECT_GE(now.handlers("strand").run.count(), 11U);
  EXPECT_LE(now.handlers("strand").run.count(), 13U);
  EXPECT_GE(now.loop("strand").hops, 10U);
  EXPECT_EQ(now.loop("strand").pending, 0U);
  EXPECT_EQ(now.loop("strand").outstanding, 0U);
}

TEST(tasks, on_a_thread_pool_are_exact) {
  asio::thread_pool pool(3);
  asioscope::name_loop(pool, "task pool");
  for (int i = 0; i < 300; ++i)
    asio::co_spawn(
        pool,
        []() -> asio::awaitable<void> {
          for (int k = 0; k < 5; ++k)
            co_await asio::post(asio::use_awaitable);
        },
        asio::detached);
  pool.join();
  EXPECT_EQ(tasks_of("task pool"), (outcome{300, 300, 0, 0, 0}));
  EXPECT_EQ(figures().loop("task pool").pending, 0U);
}

TEST(tasks, that_change_loops_are_counted_where_they_were_spawned) {
  named_context home("home");
  asio::thread_pool away(1);
  asioscope::name_loop(away, "away");
  int done = 0;
  asio::co_spawn(
      home,
      [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 20; ++i) {
          co_await asio::post(away, asio::use_awaitable);
          co_await asio::post(home, asio::use_awaitable);
        }
      },
      [&](std::exception_ptr) { ++done; });
  home.run();
  away.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(tasks_of("home"), (outcome{1, 1, 0, 0, 0}));
  EXPECT_EQ(tasks_of("away"), (outcome{0, 0, 0, 0, 0}));
}

}  // namespace
