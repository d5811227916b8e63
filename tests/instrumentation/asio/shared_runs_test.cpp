// SPDX-License-Identifier: BSL-1.0
// Runs in which several tasks have run: each has its own time, and nothing is counted twice. Built
// without hooks and with them; what is promised is the same.
#include "figures.hpp"
#include "spin.hpp"

#include "asioscope/instrumentation/co_spawn.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace {

namespace asio = boost::asio;
namespace schema = asioscope::schema;
using namespace std::chrono_literals;

constexpr std::uint64_t ms = 1'000'000;

asio::awaitable<void> forever() {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(asio::use_awaitable);
}
asio::awaitable<void> spin_and_wait(std::chrono::milliseconds span) {
  spin(span);
  co_await forever();
}
asio::awaitable<void> spin_and_end(std::chrono::milliseconds span) {
  spin(span);
  co_return;
}
asio::awaitable<void> wait_and_spin(std::chrono::milliseconds span) {
  co_await asio::post(asio::use_awaitable);
  spin(span);
}

/// However many tasks: they were not busy for longer than the loop was.
void expect_nothing_counted_twice(const std::string& loop) {
  const figures now;
  std::uint64_t sum = 0;
  for (const auto& t : now.all().tasks)
    if (t.loop == now.find_loop(loop)->id) sum += t.busy_ns;
  EXPECT_LE(sum, now.loop(loop).busy_ns);
}

/// The ways to an executor. Without the hooks, handlers that are posted as it is are not seen.
struct through_instrument {
  static constexpr const char* name = "instrumented: ";
  static constexpr bool sees_handlers = true;
  static auto of(asio::io_context& c) { return asioscope::instrument(c); }
};
struct as_it_is {
  static constexpr const char* name = "as it is: ";
#if defined(ASIOSCOPE_HOOKS)
  static constexpr bool sees_handlers = true;
#else
  static constexpr bool sees_handlers = false;
#endif
  static auto of(asio::io_context& c) { return c.get_executor(); }
};
struct type_erased : as_it_is {
  static constexpr const char* name = "type-erased: ";
  static asio::any_io_executor of(asio::io_context& c) { return c.get_executor(); }
};

template <class Way>
class shared_run : public testing::Test {
 protected:
  std::string loop =
      Way::name + std::string(testing::UnitTest::GetInstance()->current_test_info()->name());
  asio::io_context context;
  decltype(Way::of(context)) executor = [this] {
    asioscope::name_loop(context, loop);
    return Way::of(context);
  }();

  [[nodiscard]] schema::task_info task(const std::string& name) const {
    const figures now;
    schema::task_info found;
    for (const auto& t : now.listed(name)) {
      for (const auto& on : now.all().loops)
        if (on.id == t.loop && on.name.starts_with(loop)) found = t;
    }
    EXPECT_NE(found.id, 0U) << name;
    return found;
  }

  void expect_busy(const char* name, std::uint64_t runs, std::uint64_t spun_ms) const {
    const auto seen = task(name);
    EXPECT_EQ(seen.runs, runs) << name;
    EXPECT_GE(seen.busy_ns + ms / 100, spun_ms * ms) << name;
    EXPECT_GE(seen.longest_ns * seen.runs, seen.busy_ns) << name;
    EXPECT_LE(seen.longest_ns, seen.busy_ns) << name;
  }
};
using ways = testing::Types<through_instrument, as_it_is, type_erased>;
TYPED_TEST_SUITE(shared_run, ways);

TYPED_TEST(shared_run, is_lent_to_a_task_that_begins_in_it) {
  auto& c = this->context;
  const auto& ex = this->executor;
  schema::task_info child_meanwhile;
  asioscope::co_spawn(ex, "lender", [&]() -> asio::awaitable<void> {
    spin(2ms);
    asioscope::co_spawn(ex, "borrower", spin_and_wait(8ms));
    child_meanwhile = this->task("borrower");
    spin(2ms);
    co_await forever();
  });
  c.poll();
  EXPECT_EQ(child_meanwhile.state, schema::task_state::suspended);
  EXPECT_EQ(child_meanwhile.runs, 1U);
  EXPECT_GE(child_meanwhile.busy_ns, 8 * ms - ms / 100);
  this->expect_busy("borrower", 1, 8);
  this->expect_busy("lender", 1, 4);
  EXPECT_EQ(this->task("lender").state, schema::task_state::suspended);
  EXPECT_EQ(this->task("borrower").parent, this->task("lender").id);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, of_a_task_that_also_ends_in_it_is_counted) {
  auto& c = this->context;
  const auto& ex = this->executor;
  asioscope::co_spawn(ex, "spawns a short one", [&]() -> asio::awaitable<void> {
    spin(1ms);
    asioscope::co_spawn(ex, "short one", spin_and_end(6ms));
    spin(1ms);
    co_await asio::post(asio::use_awaitable);
  });
  c.run();
  EXPECT_GE(this->task("short one").runs, 1U);
  EXPECT_GE(this->task("short one").busy_ns, 6 * ms - ms / 100);
  EXPECT_GE(this->task("spawns a short one").busy_ns, 2 * ms - ms / 100);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, is_lent_on_by_whom_it_was_lent_to) {
  auto& c = this->context;
  const auto& ex = this->executor;
  asioscope::co_spawn(ex, "first", [&]() -> asio::awaitable<void> {
    asioscope::co_spawn(ex, "second", [&]() -> asio::awaitable<void> {
      spin(1ms);
      asioscope::co_spawn(ex, "third", spin_and_wait(7ms));
      spin(2ms);
      co_await forever();
    });
    spin(4ms);
    co_await forever();
  });
  c.poll();
  this->expect_busy("first", 1, 4);
  this->expect_busy("second", 1, 3);
  this->expect_busy("third", 1, 7);
  EXPECT_EQ(this->task("third").parent, this->task("second").id);
  EXPECT_EQ(this->task("second").parent, this->task("first").id);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, of_a_plain_handler_stays_its_own) {
  auto& c = this->context;
  const auto& ex = this->executor;
  asio::post(ex, [&] {
    spin(5ms);
    asioscope::co_spawn(ex, "accepted", spin_and_wait(1ms));
    asioscope::co_spawn(ex, "accepted too", spin_and_wait(2ms));
    spin(5ms);
  });
  c.poll();
  this->expect_busy("accepted", 1, 1);
  this->expect_busy("accepted too", 1, 2);
  EXPECT_LT(this->task("accepted").busy_ns, 10 * ms);
  const figures now;
  bool seen = false;
  for (const auto& s : now.all().site_stats) {
    if (s.loop != now.find_loop(this->loop)->id || s.longest_ns < 10 * ms) continue;
    seen = true;
    EXPECT_EQ(now.site_name(s.site).find("spin_and_wait"), std::string_view::npos);
  }
  EXPECT_EQ(seen, TypeParam::sees_handlers);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, goes_on_with_the_task_that_awaited_the_one_that_ended) {
  auto& c = this->context;
  const auto& ex = this->executor;
  asioscope::co_spawn(ex, "awaits", [&]() -> asio::awaitable<void> {
    spin(1ms);
    co_await asioscope::co_spawn(ex, "awaited one", wait_and_spin(3ms), asio::use_awaitable);
    spin(20ms);
    co_await forever();
  });
  c.poll();
  this->expect_busy("awaited one", 2, 3);
  this->expect_busy("awaits", 2, 21);
  EXPECT_LT(this->task("awaited one").busy_ns, 20 * ms);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, of_halves_and_the_whole_is_told_apart) {
  using namespace asio::experimental::awaitable_operators;
  auto& c = this->context;
  const auto& ex = this->executor;
  asioscope::co_spawn(ex, "whole", [&]() -> asio::awaitable<void> {
    co_await (wait_and_spin(2ms) && wait_and_spin(2ms));
    spin(6ms);
    co_await forever();
  });
  c.poll();
  EXPECT_GE(this->task("whole").runs, 2U);
  EXPECT_GE(this->task("whole").busy_ns, 6 * ms - ms / 100);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, on_a_strand_is_lent_too) {
  auto& c = this->context;
  const auto ex = asio::make_strand(this->executor);
  asioscope::co_spawn(ex, "strand's lender", [&]() -> asio::awaitable<void> {
    spin(1ms);
    asioscope::co_spawn(ex, "strand's borrower", spin_and_wait(5ms));
    spin(1ms);
    co_await forever();
  });
  c.poll();
  EXPECT_GE(this->task("strand's borrower").runs, 1U);
  EXPECT_GE(this->task("strand's borrower").busy_ns, 5 * ms - ms / 100);
  EXPECT_GE(this->task("strand's lender").busy_ns, 2 * ms - ms / 100);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, is_not_lent_to_a_task_that_begins_in_a_run_within) {
  auto& c = this->context;
  const auto& ex = this->executor;
  asio::io_context inner;
  asioscope::name_loop(inner, this->loop + ", the inner one");
  const auto inner_ex = TypeParam::of(inner);
  asioscope::co_spawn(inner_ex, "in its own run", spin_and_wait(20ms));
  asioscope::co_spawn(ex, "polls", [&]() -> asio::awaitable<void> {
    spin(1ms);
    asioscope::co_spawn(ex, "polls at its begin", [&]() -> asio::awaitable<void> {
      spin(2ms);
      inner.poll();
      co_await forever();
    });
    co_await forever();
  });
  c.poll();
  this->expect_busy("in its own run", 1, 20);
  this->expect_busy("polls at its begin", 1, 2);
  this->expect_busy("polls", 1, 1);
  EXPECT_LT(this->task("polls at its begin").busy_ns, 20 * ms);
  EXPECT_LT(this->task("polls").busy_ns, 20 * ms);
  expect_nothing_counted_twice(this->loop);
}

TYPED_TEST(shared_run, shows_who_runs_in_it_right_now) {
  auto& c = this->context;
  const auto& ex = this->executor;
  schema::task_state lender{};
  schema::task_state borrower{};
  asioscope::co_spawn(ex, "lends", [&]() -> asio::awaitable<void> {
    asioscope::co_spawn(ex, "borrows", [&]() -> asio::awaitable<void> {
      lender = this->task("lends").state;
      borrower = this->task("borrows").state;
      co_await forever();
    });
    co_await forever();
  });
  c.poll();
  EXPECT_EQ(borrower, schema::task_state::running);
  EXPECT_EQ(lender, schema::task_state::running) << "its run has not ended";
}

TEST(shared_runs, on_several_threads_are_counted_once) {
  constexpr int spawners = 200;
  asio::thread_pool pool(3);
  asioscope::name_loop(pool, "shared pool");
  const auto ex = pool.get_executor();
  for (int i = 0; i < spawners; ++i)
    asioscope::co_spawn(ex, "pool's spawner", [ex]() -> asio::awaitable<void> {
      for (int k = 0; k < 4; ++k) {
        asioscope::co_spawn(ex, "pool's child", []() -> asio::awaitable<void> {
          co_await asio::post(asio::use_awaitable);
          co_await asio::post(asio::use_awaitable);
        });
        co_await asio::post(asio::use_awaitable);
      }
    });
  pool.join();
  EXPECT_EQ(figures().tasks("shared pool", "pool's child").finished, 4U * spawners);
  EXPECT_EQ(figures().tasks("shared pool", "pool's spawner").finished, 1U * spawners);
  for (const char* name : {"pool's child", "pool's spawner"})
    for (const auto& each : figures().listed(name)) {
      EXPECT_GE(each.runs, 1U) << name;
      EXPECT_NE(each.state, schema::task_state::running) << name;
    }
  expect_nothing_counted_twice("shared pool");
}

}  // namespace
