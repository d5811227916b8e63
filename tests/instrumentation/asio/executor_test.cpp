// SPDX-License-Identifier: BSL-1.0
// What goes through an instrumented_executor, case by case; built without hooks, in several
// configurations of Asio.
#include "figures.hpp"
#include "spin.hpp"

#include "asioscope/instrumentation/instrumented_executor.hpp"
#include "asioscope/recorder/loop.hpp"

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#if defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#error "this program shall not have the hooks"
#endif

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;
using executor_type = asioscope::instrumented_executor<asio::io_context::executor_type>;
using timer_type =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, executor_type>;

std::uint64_t runs(std::string_view loop) { return figures().handlers(loop).run.count(); }

static_assert(sizeof(executor_type) <= 24, "fits into the buffer of any_io_executor");
static_assert(std::is_nothrow_copy_constructible_v<executor_type>);
static_assert(std::is_nothrow_move_constructible_v<executor_type>);
static_assert(asio::execution::is_executor<executor_type>::value);
static_assert(std::is_convertible_v<executor_type, asio::any_io_executor>);

TEST(executor, records_post_defer_and_dispatch) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "pdd");
  asio::post(ex, [] {});
  asio::defer(ex, [] {});
  asio::dispatch(ex, [] {});
  EXPECT_EQ(figures().loop("pdd").pending, 3U);
  EXPECT_EQ(runs("pdd"), 0U);
  EXPECT_EQ(c.run(), 3U);
  const figures now;
  EXPECT_EQ(now.handlers("pdd").run.count(), 3U);
  EXPECT_EQ(now.handlers("pdd").delay.count(), 3U);
  EXPECT_EQ(now.handlers("pdd").unrun, 0U);
  EXPECT_EQ(now.loop("pdd").pending, 0U);
  EXPECT_EQ(now.loop("pdd").threads, 1U);
}

TEST(executor, records_dispatch_that_runs_at_once) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "inline");
  bool inside = false;
  asio::post(ex, [&] {
    asio::dispatch(ex, [&] { inside = true; });
    EXPECT_TRUE(inside);
  });
  c.run();
  EXPECT_EQ(runs("inline"), 2U);
}

TEST(executor, of_a_nested_dispatch_books_no_time_twice) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "nested");
  asio::post(ex, [&] {
    spin(2ms);
    asio::dispatch(ex, [] { spin(8ms); });
    spin(2ms);
  });
  const stopwatch watch;
  c.run();
  const std::uint64_t wall = watch.ns();
  const figures now;
  EXPECT_EQ(now.handlers("nested").run.count(), 2U);
  EXPECT_GE(now.loop("nested").busy_ns, 11'990'000U);
  EXPECT_LE(now.loop("nested").busy_ns, wall + 10'000);
}

TEST(executor, passes_through_any_io_executor) {
  asio::io_context c;
  const asio::any_io_executor ex = asioscope::instrument(c, "any");
  const asio::any_completion_executor completion(asioscope::instrument(c));
  for (int i = 0; i < 5; ++i)
    asio::post(ex, [] {});
  completion.execute([] {});
  c.run();
  EXPECT_EQ(runs("any"), 6U);
}

TEST(executor, around_any_io_executor) {
  asio::io_context c;
  const auto ex = asioscope::instrument(asio::any_io_executor(c.get_executor()), "around any");
  for (int i = 0; i < 3; ++i)
    asio::post(ex, [] {});
  c.run();
  EXPECT_EQ(runs("around any"), 3U);
}

TEST(executor, below_a_strand_runs_everything) {
  asio::io_context c;
  const auto strand = asio::make_strand(asioscope::instrument(c, "below"));
  int calls = 0;
  for (int i = 0; i < 3; ++i)
    asio::post(strand, [&] { ++calls; });
  c.run();
  EXPECT_EQ(calls, 3);
  EXPECT_GE(runs("below"), 1U);  // the strand's own invoker
  EXPECT_EQ(figures().loop("below").pending, 0U);
}

TEST(executor, around_a_strand_records_every_handler) {
  asio::io_context c;
  const auto ex = asioscope::instrument(asio::make_strand(c), "around strand");
  for (int i = 0; i < 3; ++i)
    asio::post(ex, [] {});
  c.run();
  EXPECT_EQ(runs("around strand"), 3U);
}

TEST(executor, keeps_work_with_a_work_guard) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "guard");
  auto guard = asio::make_work_guard(ex);
  EXPECT_EQ(c.run_for(1ms), 0U);
  EXPECT_FALSE(c.stopped());
  guard.reset();
  c.run();
  EXPECT_TRUE(c.stopped());
  EXPECT_EQ(runs("guard"), 0U);
}

TEST(executor, bound_to_a_handler) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "bound");
  asio::steady_timer timer(c, 1ms);
  timer.async_wait(asio::bind_executor(ex, [](error_code) {}));
  c.run();
  EXPECT_EQ(runs("bound"), 1U);
  int calls = 0;
  asio::post(ex, asio::bind_executor(ex, [&] { ++calls; }));
  c.restart();
  c.run();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(runs("bound"), 3U);  // Asio's dispatcher, and the handler
}

TEST(executor, of_a_timer_records_its_completions) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "timer");
  timer_type timer(ex);
  for (int i = 0; i < 4; ++i) {
    timer.expires_after(1ms);
    timer.async_wait([](error_code ec) { EXPECT_FALSE(ec); });
    c.restart();
    c.run();
  }
  EXPECT_EQ(runs("timer"), 4U);
  asio::steady_timer other(ex, 1ms);  // any_io_executor inside
  other.async_wait([](error_code) {});
  c.restart();
  c.run();
  EXPECT_EQ(runs("timer"), 5U);
}

TEST(executor, of_sockets_records_their_completions) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "socket");
  using tcp = asio::ip::tcp;
  asio::basic_socket_acceptor<tcp, executor_type> acceptor(ex,
                                                           {asio::ip::address_v4::loopback(), 0});
  asio::basic_stream_socket<tcp, executor_type> client(ex);
  asio::basic_stream_socket<tcp, executor_type> server(ex);
  acceptor.async_accept(server, [](error_code ec) { EXPECT_FALSE(ec); });
  client.async_connect(acceptor.local_endpoint(), [](error_code ec) { EXPECT_FALSE(ec); });
  c.run();
  EXPECT_EQ(runs("socket"), 2U);
  char in[4];
  asio::async_write(client, asio::buffer("ping", 4), [](error_code ec, std::size_t n) {
    EXPECT_FALSE(ec);
    EXPECT_EQ(n, 4U);
  });
  asio::async_read(server, asio::buffer(in), [](error_code ec, std::size_t n) {
    EXPECT_FALSE(ec);
    EXPECT_EQ(n, 4U);
  });
  c.restart();
  c.run();
  EXPECT_EQ(runs("socket"), 4U);
}

TEST(executor, of_a_channel) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "channel");
  asio::experimental::basic_channel<executor_type, asio::experimental::channel_traits<>,
                                    void(error_code, int)>
      channel(ex, 1);
  int got = 0;
  channel.async_receive([&](error_code, int value) { got = value; });
  EXPECT_TRUE(channel.try_send(error_code(), 7));
  c.run();
  EXPECT_EQ(got, 7);
  EXPECT_GE(runs("channel"), 1U);
}

asio::awaitable<void> naps(int n) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < n; ++i) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<void, executor_type> typed_naps(int n) {
  timer_type timer(co_await asio::this_coro::executor);
  for (int i = 0; i < n; ++i) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable_t<executor_type>());
  }
}

TEST(executor, of_a_coroutine_records_its_resumptions) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "coroutine");
  asio::co_spawn(ex, naps(5), asio::detached);
  c.run();
  EXPECT_EQ(runs("coroutine"), 7U);  // the start, five resumptions, the end
  asio::co_spawn(ex, typed_naps(5), asio::detached);
  c.restart();
  c.run();
  EXPECT_EQ(runs("coroutine"), 14U);
  EXPECT_EQ(figures().loop("coroutine").pending, 0U);
}

TEST(executor, with_use_future) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "future");
  auto answer = asio::post(ex, asio::use_future([] { return 42; }));
  c.run();
  EXPECT_EQ(answer.get(), 42);
  EXPECT_EQ(runs("future"), 1U);
}

TEST(executor, around_a_thread_pool) {
  std::atomic<int> calls{0};
  asio::thread_pool pool(2);
  const auto ex = asioscope::instrument(pool, "pool");
  for (int i = 0; i < 1000; ++i)
    asio::post(ex, [&] { ++calls; });
  pool.join();
  EXPECT_EQ(calls, 1000);
  EXPECT_EQ(runs("pool"), 1000U);
  EXPECT_EQ(figures().loop("pool").pending, 0U);
}

TEST(executor, around_the_system_executor) {
  const auto ex = asioscope::instrument(asio::system_executor(), "system");
  auto done = asio::post(ex, asio::use_future([] {}));
  done.get();
  EXPECT_EQ(asio::dispatch(ex, asio::use_future([] { return 1; })).get(), 1);
  // The run is booked when the function has returned, a little after the future is ready.
  const stopwatch watch;
  while (runs("system") < 2 && watch.ns() < 10'000'000'000)
    std::this_thread::yield();
  EXPECT_EQ(runs("system"), 2U);
}

TEST(executor, counts_what_is_dropped_as_unrun) {
  auto token = std::make_shared<int>(1);
  {
    asio::io_context c;
    const auto ex = asioscope::instrument(c, "dropped");
    asio::post(ex, [token] {});
    c.run();
    for (int i = 0; i < 4; ++i)
      asio::post(ex, [token] {});
    EXPECT_EQ(figures().loop("dropped").pending, 4U);
  }
  EXPECT_EQ(token.use_count(), 1);
  const figures now;
  EXPECT_EQ(now.handlers("dropped").run.count(), 1U);
  EXPECT_EQ(now.handlers("dropped").unrun, 4U);
  EXPECT_EQ(now.loop("dropped").pending, 0U);
  EXPECT_TRUE(now.find_loop("dropped")->gone);
}

TEST(executor, counts_exceptions_and_lets_them_pass) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "throws");
  asio::post(ex, [] { throw 1; });
  asio::post(ex, [] {});
  EXPECT_THROW(c.run(), int);
  EXPECT_EQ(c.run(), 1U);
  // Asio keeps what an inline dispatch throws, and run() throws it later.
  asio::post(ex, [&] { asio::dispatch(ex, [] { throw 2; }); });
  c.restart();
  EXPECT_THROW(c.run(), int);
  const figures now;
  EXPECT_EQ(now.handlers("throws").run.count(), 4U);
  EXPECT_EQ(now.handlers("throws").failed, 2U);
  EXPECT_EQ(now.loop("throws").pending, 0U);
}

TEST(executor, moves_what_can_only_be_moved) {
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "move only");
  int got = 0;
  asio::post(ex, [value = std::make_unique<int>(5), &got] { got = *value; });
  c.run();
  EXPECT_EQ(got, 5);
  EXPECT_EQ(runs("move only"), 1U);
}

TEST(executor, forwards_properties_and_compares) {
  asio::io_context c;
  asio::io_context d;
  const auto ex = asioscope::instrument(c, "properties");
  EXPECT_EQ(&asio::query(ex, asio::execution::context), &c);
  EXPECT_EQ(ex, asioscope::instrument(c));
  EXPECT_NE(ex, asioscope::instrument(d));
  const auto never = asio::require(ex, asio::execution::blocking.never);
  EXPECT_EQ(asio::query(never, asio::execution::blocking), asio::execution::blocking.never);
  bool ran = false;
  asio::post(ex, [&] {
    never.execute([&] { ran = true; });
    EXPECT_FALSE(ran);
  });
  c.run();
  EXPECT_TRUE(ran);
  EXPECT_EQ(runs("properties"), 2U);
}

TEST(executor, of_a_loop_with_the_name_of_one_that_is_gone_continues_its_figures) {
  for (std::uint64_t round = 1; round <= 3; ++round) {
    asio::io_context c;
    const auto ex = asioscope::instrument(c, "again");
    asio::post(ex, [] {});
    asio::post(ex, [] {});
    EXPECT_EQ(figures().loop("again").pending, 2U);
    c.run();
    EXPECT_EQ(runs("again"), 2 * round);
    EXPECT_FALSE(figures().find_loop("again")->gone);
  }
}

TEST(executor, probe_measures_the_lag_of_a_loop) {
  asio::io_context c;
  asioscope::instrument(c, "lag");
  auto guard = asio::make_work_guard(c);
  std::thread runner([&] { c.run(); });
  const auto lags = [] { return figures().loop("lag").lag; };
  const auto probe = [&](std::uint64_t n) {
    asioscope::recorder::probe_idle_loops(0);
    const stopwatch watch;
    while (lags().count() < n && watch.ns() < 10'000'000'000)
      std::this_thread::yield();
    EXPECT_EQ(lags().count(), n);
  };
  probe(1);
  const std::uint64_t idle_lag = lags().sum_ns;
  std::atomic<bool> blocked{false};
  asio::post(c, [&] {
    blocked = true;
    spin(50ms);
  });
  while (!blocked)
    std::this_thread::yield();
  probe(2);
  EXPECT_GE(lags().sum_ns - idle_lag, 20'000'000U);
  guard.reset();
  runner.join();
  EXPECT_EQ(runs("lag"), 0U) << "probes are no handlers";
}

TEST(executor, probe_does_not_keep_a_loop_running) {
  asio::io_context c;
  asioscope::instrument(asio::require(c.get_executor(), asio::execution::outstanding_work.tracked),
                        "no work");
  EXPECT_EQ(c.run(), 0U);
}

TEST(executor, records_nothing_when_off) {
  namespace recorder = asioscope::recorder;
  asio::io_context c;
  const auto ex = asioscope::instrument(c, "off");
  asio::post(ex, [] {});  // counted in, so it is counted out
  recorder::set_mode(recorder::mode::off);
  int calls = 0;
  for (int i = 0; i < 3; ++i)
    asio::post(ex, [&] { ++calls; });
  c.run_one();
  c.run_one();
  recorder::set_mode(recorder::mode::metrics);
  EXPECT_EQ(figures().handlers("off").run.count(), 0U);
  EXPECT_EQ(figures().loop("off").pending, 0U);
  c.run();  // created unseen, run seen
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(figures().handlers("off").run.count(), 2U);
  EXPECT_EQ(figures().handlers("off").delay.count(), 0U);
  EXPECT_EQ(figures().loop("off").pending, 0U);
}

TEST(executor, used_by_several_threads_loses_nothing) {
  std::uint64_t dropped = 0;
  constexpr std::uint64_t each = 5'000;
  {
    asio::io_context c;
    const auto ex = asioscope::instrument(c, "crowded");
    std::vector<std::thread> threads;
    std::atomic<std::uint64_t> posted{0};
    for (int k = 0; k < 2; ++k)
      threads.emplace_back([&] {
        for (std::uint64_t i = 0; i < each; ++i) {
          asio::post(ex, [] {});
          ++posted;
        }
      });
    auto guard = asio::make_work_guard(c);
    for (int k = 0; k < 2; ++k)
      threads.emplace_back([&] { c.run(); });
    while (posted < each)
      std::this_thread::yield();
    c.stop();
    for (auto& t : threads)
      t.join();
    dropped = figures().loop("crowded").pending;
  }
  const figures now;
  EXPECT_EQ(now.handlers("crowded").run.count() + now.handlers("crowded").unrun, 2 * each);
  EXPECT_EQ(now.handlers("crowded").unrun, dropped);
}

}  // namespace
