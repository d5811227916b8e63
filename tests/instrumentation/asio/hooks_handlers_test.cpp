// SPDX-License-Identifier: BSL-1.0
// Plain Asio with asioscope::hooks: callbacks, timers, sockets, strands, and what time they took.
#include "figures.hpp"
#include "spin.hpp"

#include "asioscope/instrumentation/instrumented_executor.hpp"
#include "asioscope/instrumentation/name_loop.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deadline_timer.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#if !defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#error "this program shall have the hooks"
#endif

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;

std::uint64_t runs(std::string_view loop, std::string_view part = {}) {
  return figures().handlers(loop, part).run.count();
}

struct named_context : asio::io_context {
  explicit named_context(const char* name, int concurrency = 2) : asio::io_context(concurrency) {
    asioscope::name_loop(*this, name);
  }
};

void enqueue_some(asio::io_context& c, int n) {
  for (int i = 0; i < n; ++i)
    asio::post(c, [] {});
}

TEST(hooks, record_posts_under_the_function_that_posts) {
  named_context c("posts");
  enqueue_some(c, 5);
  asio::defer(c, [] {});
  EXPECT_EQ(figures().loop("posts").pending, 6U);
  EXPECT_EQ(c.run(), 6U);
  EXPECT_EQ(runs("posts", "enqueue_some"), 5U);
  EXPECT_EQ(runs("posts"), 6U);
  const auto now = figures();
  EXPECT_EQ(now.handlers("posts").delay.count(), 6U);
  EXPECT_EQ(now.loop("posts").pending, 0U);
  EXPECT_EQ(now.loop("posts").hops, 0U);
  EXPECT_EQ(now.loop("posts").threads, 1U);
  for (const auto& site : now.all().sites)
    EXPECT_TRUE(site.name.find("enqueue_some") == site.name.npos || site.operation == "execute")
        << site.operation;
}

TEST(hooks, know_how_long_a_post_waited) {
  named_context c("delay");
  asio::post(c, [] { spin(20ms); });
  enqueue_some(c, 1);
  c.run();
  const auto delay = figures().handlers("delay", "enqueue_some").delay;
  EXPECT_GE(delay.sum_ns, 19'990'000U);
}

struct stepper {
  asio::io_context& c;
  int left;
  void step() {
    asio::post(c, [this] {
      if (--left > 0) step();
    });
  }
};

TEST(hooks, take_a_handler_that_posts_itself_for_what_it_is) {
  named_context c("self");
  stepper s{c, 100};
  s.step();
  c.run();
  EXPECT_EQ(runs("self", "step"), 100U);
  EXPECT_EQ(figures().loop("self").hops, 0U);
}

TEST(hooks, measure_the_lateness_of_timers) {
  named_context c("late");
  asio::steady_timer timer(c, 1ms);
  timer.async_wait([](error_code) {});
  asio::post(c, [] { spin(30ms); });
  c.run();
  const auto lag = figures().loop("late").lag;
  EXPECT_EQ(lag.count(), 1U);
  EXPECT_GE(lag.sum_ns, 28'900'000U);
}

TEST(hooks, show_the_lag_that_the_handler_itself_would_measure) {
  named_context c("exact lag");
  asio::steady_timer timer(c);
  std::uint64_t own = 0;
  constexpr std::uint64_t n = 20;
  for (std::uint64_t i = 0; i < n; ++i) {
    timer.expires_after(5ms);
    timer.async_wait([&](error_code) {
      own +=
          static_cast<std::uint64_t>((std::chrono::steady_clock::now() - timer.expiry()).count());
    });
    c.restart();
    c.run();
  }
  const auto lag = figures().loop("exact lag").lag;
  EXPECT_EQ(lag.count(), n);
  EXPECT_LE(lag.sum_ns, own + n * 10'000);
  EXPECT_GE(figures().loop("exact lag").idle_ns, n * 4'500'000U);
}

TEST(hooks, tell_cancelled_timers_apart) {
  named_context c("cancelled");
  asio::steady_timer timer(c, 1h);
  timer.async_wait([](error_code ec) { EXPECT_EQ(ec, asio::error::operation_aborted); });
  EXPECT_EQ(figures().loop("cancelled").outstanding, 1U);
  EXPECT_EQ(figures().loop("cancelled").pending, 0U);
  timer.cancel();
  c.run();
  const auto h = figures().handlers("cancelled");
  EXPECT_EQ(h.run.count(), 1U);
  EXPECT_EQ(h.cancelled, 1U);
  EXPECT_EQ(h.errors, 0U);
  EXPECT_EQ(h.delay.count(), 0U) << "when it became ready is not known";
  EXPECT_EQ(figures().loop("cancelled").lag.count(), 0U);
  EXPECT_EQ(figures().loop("cancelled").outstanding, 0U);
}

TEST(hooks, show_no_lag_for_timers_on_another_clock) {
  named_context c("other clocks");
  asio::system_timer system(c, 1ms);
  asio::deadline_timer deadline(c, boost::posix_time::milliseconds(1));
  system.async_wait([](error_code) {});
  deadline.async_wait([](error_code) {});
  c.run();
  EXPECT_EQ(runs("other clocks"), 2U);
  EXPECT_EQ(figures().loop("other clocks").lag.count(), 0U);
  EXPECT_EQ(figures().loop("other clocks").outstanding, 0U);
}

TEST(hooks, record_sockets_and_errors) {
  named_context c("sockets");
  using tcp = asio::ip::tcp;
  tcp::acceptor acceptor(c, {asio::ip::address_v4::loopback(), 0});
  tcp::socket client(c);
  tcp::socket server(c);
  acceptor.async_accept(server, [](error_code ec) { EXPECT_FALSE(ec); });
  client.async_connect(acceptor.local_endpoint(), [](error_code ec) { EXPECT_FALSE(ec); });
  EXPECT_EQ(figures().loop("sockets").outstanding, 2U);
  EXPECT_EQ(c.run(), 2U);
  EXPECT_EQ(runs("sockets"), 2U);
  char in[4];
  asio::async_read(server, asio::buffer(in), [](error_code ec, std::size_t) { EXPECT_FALSE(ec); });
  asio::async_write(client, asio::buffer("ping", 4),
                    [](error_code ec, std::size_t) { EXPECT_FALSE(ec); });
  c.restart();
  c.run();
  EXPECT_EQ(runs("sockets"), 4U);
  server.async_receive(asio::buffer(in),
                       [](error_code ec, std::size_t) { EXPECT_EQ(ec, asio::error::eof); });
  client.close();
  c.restart();
  c.run();
  server.async_receive(asio::buffer(in), [](error_code ec, std::size_t) {
    EXPECT_EQ(ec, asio::error::operation_aborted);
  });
  server.cancel();
  c.restart();
  c.run();
  const figures now;
  EXPECT_EQ(now.handlers("sockets").run.count(), 6U);
  EXPECT_EQ(now.handlers("sockets").errors, 1U);
  ASSERT_EQ(now.handlers("sockets").error_categories.size(), 1U);
  EXPECT_EQ(now.handlers("sockets").error_categories[0].category, "asio.misc");
  EXPECT_EQ(now.handlers("sockets").error_categories[0].count, 1U);
  EXPECT_EQ(now.handlers("sockets").cancelled, 1U);
  EXPECT_EQ(now.loop("sockets").outstanding, 0U);
  EXPECT_EQ(now.loop("sockets").pending, 0U);
  EXPECT_GE(now.loop("sockets").turns, 1U);
}

TEST(hooks, show_the_users_handlers_and_no_strands) {
  named_context c("strands");
  auto strand = asio::make_strand(c);
  for (int i = 0; i < 10; ++i)
    asio::post(strand, [] {});
  c.run();
  EXPECT_EQ(runs("strands"), 10U);
  EXPECT_EQ(figures().loop("strands").hops, 0U);
  EXPECT_EQ(figures().loop("strands").pending, 0U);
}

TEST(hooks, show_the_users_handlers_of_a_strand_over_any_io_executor) {
  named_context c("erased strands");
  auto strand = asio::make_strand(asio::any_io_executor(c.get_executor()));
  for (std::uint64_t round = 1; round <= 2; ++round) {
    for (int i = 0; i < 10; ++i)
      asio::post(strand, [] {});
    // What a strand puts into the queue of an erased executor is known once it was seen to run.
    if (round == 2) {
      EXPECT_EQ(figures().loop("erased strands").pending, 10U);
    }
    c.restart();
    c.run();
    EXPECT_EQ(runs("erased strands"), 10 * round);
    EXPECT_EQ(figures().loop("erased strands").pending, 0U);
  }
}

TEST(hooks, take_no_handler_for_a_strand_because_it_dispatches_to_one_that_is_free) {
  named_context c("free strand");
  const asio::any_io_executor any(c.get_executor());
  auto strand = asio::make_strand(any);
  for (std::uint64_t round = 1; round <= 3; ++round) {
    asio::post(any, [&] { asio::dispatch(strand, [] {}); });
    asio::post(c, [&] { asio::dispatch(strand, [] {}); });
    c.restart();
    c.run();
    EXPECT_EQ(runs("free strand"), 4 * round);
  }
  EXPECT_EQ(figures().loop("free strand").hops, 0U);
  EXPECT_EQ(figures().loop("free strand").pending, 0U);
}

TEST(hooks, count_a_timer_on_a_strand_as_one_handler_and_one_hop) {
  named_context c("timer strand");
  auto strand = asio::make_strand(c);
  asio::steady_timer timer(c);
  for (int i = 0; i < 5; ++i) {
    timer.expires_after(1ms);
    int calls = 0;
    timer.async_wait(asio::bind_executor(strand, [&](error_code) { ++calls; }));
    c.restart();
    c.run();
    EXPECT_EQ(calls, 1);
  }
  EXPECT_EQ(runs("timer strand"), 5U);
  EXPECT_EQ(figures().loop("timer strand").hops, 5U);
  EXPECT_EQ(figures().loop("timer strand").outstanding, 0U);
  EXPECT_EQ(figures().loop("timer strand").pending, 0U);
}

TEST(hooks, count_a_post_to_a_bound_executor_once) {
  named_context c("bound");
  auto strand = asio::make_strand(c);
  int calls = 0;
  for (int i = 0; i < 5; ++i)
    asio::post(c, asio::bind_executor(strand, [&] { ++calls; }));
  c.run();
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(runs("bound"), 5U);
  EXPECT_EQ(figures().loop("bound").hops, 5U);
}

TEST(hooks, book_handlers_and_nothing_else_between_poll_one) {
  named_context c("poll one");
  for (int i = 0; i < 20; ++i)
    enqueue_some(c, 1);
  for (int i = 0; i < 20; ++i) {
    c.poll_one();
    spin(5ms);
  }
  EXPECT_EQ(runs("poll one"), 20U);
  // 100 ms passed between them.
  EXPECT_LE(figures().loop("poll one").busy_ns, 15'000'000U);
  EXPECT_LE(figures().loop("poll one").idle_ns, 15'000'000U);
}

TEST(hooks, book_handlers_and_no_waiting_between_sparse_posts) {
  for (const int threads : {1, 2}) {
    const std::string name = "sparse " + std::to_string(threads);
    named_context c(name.c_str());
    auto guard = asio::make_work_guard(c);
    std::vector<std::thread> runners;
    for (int k = 0; k < threads; ++k)
      runners.emplace_back([&] { c.run(); });
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(5ms);
      enqueue_some(c, 1);
    }
    guard.reset();
    for (auto& t : runners)
      t.join();
    EXPECT_EQ(runs(name), 20U);
    EXPECT_LE(figures().loop(name).busy_ns, 20'000'000U) << name;
    EXPECT_GE(figures().loop(name).idle_ns, 40'000'000U) << name;
  }
}

TEST(hooks, record_every_way_to_run_a_loop) {
  named_context c("ways");
  enqueue_some(c, 2);
  EXPECT_EQ(c.run_one(), 1U);
  EXPECT_EQ(c.poll_one(), 1U);
  enqueue_some(c, 3);
  c.restart();
  EXPECT_EQ(c.poll(), 3U);
  enqueue_some(c, 2);
  c.restart();
  EXPECT_EQ(c.run_for(1s), 2U);
  enqueue_some(c, 1);
  c.restart();
  EXPECT_EQ(c.run_one_for(1s), 1U);
  EXPECT_EQ(runs("ways"), 8U);
}

TEST(hooks, book_idle_time_while_the_loop_waits) {
  named_context c("idle");
  asio::steady_timer timer(c, 50ms);
  timer.async_wait([](error_code) {});
  const stopwatch watch;
  c.run();
  const auto l = figures().loop("idle");
  EXPECT_GE(l.idle_ns, 49'000'000U);
  EXPECT_LE(l.idle_ns, watch.ns());
  EXPECT_LE(l.busy_ns, 10'000'000U);
}

TEST(hooks, count_another_loop_run_by_a_handler_for_itself) {
  named_context outer("outer");
  named_context inner("inner");
  asio::post(outer, [&] {
    spin(2ms);
    for (int i = 0; i < 3; ++i)
      asio::post(inner, [] { spin(3ms); });
    inner.run();
    spin(2ms);
  });
  enqueue_some(outer, 5);
  const stopwatch watch;
  outer.run();
  const std::uint64_t wall = watch.ns();
  EXPECT_EQ(runs("outer"), 6U);
  EXPECT_EQ(runs("inner"), 3U);
  const figures now;
  EXPECT_EQ(now.loop("outer").pending, 0U);
  EXPECT_EQ(now.loop("inner").pending, 0U);
  EXPECT_GE(now.loop("inner").busy_ns, 8'990'000U);
  EXPECT_GE(now.loop("outer").busy_ns, 3'990'000U);
  EXPECT_LE(now.loop("outer").busy_ns + now.loop("inner").busy_ns, wall + 10'000);
}

TEST(hooks, count_handlers_of_the_same_loop_run_by_a_handler) {
  named_context c("reentrant");
  asio::post(c, [&] { EXPECT_EQ(c.poll(), 4U); });
  enqueue_some(c, 4);
  c.run();
  enqueue_some(c, 2);
  c.restart();
  c.run();
  EXPECT_EQ(runs("reentrant"), 7U);
  EXPECT_EQ(figures().loop("reentrant").pending, 0U);
}

TEST(hooks, count_exceptions_and_let_them_pass) {
  named_context c("throws");
  asio::post(c, [] { throw 1; });
  asio::steady_timer timer(c, 1ms);
  timer.async_wait([](error_code) { throw 2; });
  enqueue_some(c, 1);
  EXPECT_THROW(c.run(), int);
  EXPECT_THROW(c.run(), int);
  c.run();
  EXPECT_EQ(runs("throws"), 3U);
  EXPECT_EQ(figures().handlers("throws").failed, 2U);
  EXPECT_EQ(figures().loop("throws").pending, 0U);
  EXPECT_EQ(figures().loop("throws").outstanding, 0U);
}

TEST(hooks, count_what_is_destroyed_with_its_context_as_unrun) {
  named_context other("survivor");
  const auto destroy_one = [](const char* name) {
    named_context c(name);
    asio::steady_timer timer(c, 1h);
    timer.async_wait([](error_code) {});
    enqueue_some(c, 3);
    EXPECT_EQ(figures().loop(name).pending, 3U);
    EXPECT_EQ(figures().loop(name).outstanding, 1U);
    // The last to create handlers of this kind is another loop.
    return std::make_unique<int>(1);
  };
  asio::steady_timer kept(other, 1h);
  kept.async_wait([](error_code) {});
  enqueue_some(other, 4);
  destroy_one("destroyed");
  EXPECT_EQ(figures().handlers("destroyed").run.count(), 0U);
  EXPECT_EQ(figures().handlers("destroyed").unrun, 4U);
  EXPECT_TRUE(figures().find_loop("destroyed")->gone);
  EXPECT_EQ(figures().loop("survivor").pending, 4U);
  EXPECT_EQ(figures().loop("survivor").outstanding, 1U);
  EXPECT_EQ(other.poll(), 4U);
  EXPECT_EQ(figures().loop("survivor").pending, 0U);
}

TEST(hooks, of_loops_with_the_same_code_keep_their_pending_apart) {
  named_context lasting("lasting");
  {
    named_context dying("dying");
    enqueue_some(dying, 5);
    enqueue_some(lasting, 2);  // the latest of this handler type
  }
  EXPECT_EQ(figures().loop("lasting").pending, 2U);
  lasting.run();
  enqueue_some(lasting, 3);
  EXPECT_EQ(figures().loop("lasting").pending, 3U);
  named_context next("dying");
  enqueue_some(next, 1);
  EXPECT_EQ(figures().loop("dying").pending, 1U);
}

TEST(hooks, keep_a_thread_pool_apart) {
  asio::thread_pool pool(2);
  asioscope::name_loop(pool, "pool");
  std::atomic<int> calls{0};
  for (int i = 0; i < 500; ++i)
    asio::post(pool, [&] { ++calls; });
  pool.join();
  EXPECT_EQ(calls, 500);
  EXPECT_EQ(runs("pool"), 500U);
  EXPECT_EQ(figures().loop("pool").pending, 0U);
}

TEST(hooks, tell_several_loops_apart) {
  named_context a("one of two");
  named_context b("two of two");
  enqueue_some(a, 1);
  enqueue_some(b, 2);
  std::thread runner([&] { b.run(); });
  a.run();
  runner.join();
  EXPECT_EQ(runs("one of two"), 1U);
  EXPECT_EQ(runs("two of two"), 2U);
}

TEST(hooks, continue_the_figures_of_a_loop_that_is_gone) {
  for (std::uint64_t round = 1; round <= 3; ++round) {
    named_context c("again");
    enqueue_some(c, 2);
    EXPECT_EQ(figures().loop("again").pending, 2U);
    c.run();
    EXPECT_EQ(runs("again"), 2 * round);
    EXPECT_FALSE(figures().find_loop("again")->gone);
  }
}

TEST(hooks, run_an_instrumented_executor_only_once) {
  named_context c("both");
  const auto ex = asioscope::instrument(c);
  asio::post(ex, [] {});
  asio::any_io_executor any = ex;
  asio::post(any, [] {});
  asio::steady_timer timer(ex, 1ms);
  timer.async_wait([](error_code) {});
  asio::post(ex, [&] { asio::dispatch(ex, [] {}); });  // runs at once: part of its handler
  EXPECT_EQ(figures().loop("both").pending, 3U);
  c.run();
  EXPECT_EQ(figures().loop("both").pending, 0U);
  EXPECT_EQ(figures().loop("both").outstanding, 0U);
  EXPECT_GE(runs("both"), 4U);
  EXPECT_LE(runs("both"), 5U);
}

TEST(hooks, run_an_instrumented_any_io_executor_only_once) {
  named_context c("both, erased");
  const auto ex = asioscope::instrument(asio::any_io_executor(c.get_executor()));
  const auto strand = asioscope::instrument(asio::make_strand(c));
  asio::steady_timer timer(c, 1ms);
  timer.async_wait(asio::bind_executor(strand, [](error_code) {}));
  for (int i = 0; i < 3; ++i)
    asio::post(ex, [] {});
  EXPECT_EQ(figures().loop("both, erased").pending, 3U);
  c.run();
  EXPECT_EQ(figures().loop("both, erased").pending, 0U);
  EXPECT_EQ(figures().loop("both, erased").outstanding, 0U);
  EXPECT_EQ(runs("both, erased"), 4U);
}

TEST(hooks, see_signals_and_channels_end) {
  named_context c("odd ones");
  asio::signal_set signals(c, SIGUSR2);
  signals.async_wait([](error_code ec, int n) {
    EXPECT_FALSE(ec);
    EXPECT_EQ(n, SIGUSR2);
  });
  ::raise(SIGUSR2);
  c.run();
  EXPECT_EQ(runs("odd ones"), 1U);
  asio::experimental::channel<void(error_code, int)> channel(c, 1);
  int got = 0;
  channel.async_receive([&](error_code, int v) { got = v; });
  channel.try_send(error_code(), 3);
  c.restart();
  c.run();
  EXPECT_EQ(got, 3);
  EXPECT_EQ(figures().loop("odd ones").pending, 0U);
  EXPECT_EQ(figures().loop("odd ones").outstanding, 0U);
}

TEST(hooks, work_with_every_concurrency_hint) {
  for (const int hint :
       {1, BOOST_ASIO_CONCURRENCY_HINT_UNSAFE, BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO}) {
    const std::string name = "hint " + std::to_string(hint);
    named_context c(name.c_str(), hint);
    enqueue_some(c, 3);
    asio::steady_timer timer(c, 1ms);
    timer.async_wait([](error_code) {});
    c.run();
    EXPECT_EQ(runs(name), 4U);
    EXPECT_EQ(figures().loop(name).pending, 0U);
  }
}

TEST(hooks, when_off_record_nothing_and_no_time) {
  namespace recorder = asioscope::recorder;
  named_context c("off");
  enqueue_some(c, 2);
  c.run_one();
  const auto before = figures().loop("off");
  recorder::set_mode(recorder::mode::off);
  enqueue_some(c, 5);
  c.run_one();
  c.run_one();
  c.run_one();
  std::this_thread::sleep_for(50ms);
  recorder::set_mode(recorder::mode::metrics);
  c.run();
  const figures now;
  EXPECT_EQ(now.handlers("off").run.count(), 4U);
  EXPECT_EQ(now.loop("off").pending, 0U);
  EXPECT_LE(now.loop("off").idle_ns - before.idle_ns, 20'000'000U);
  EXPECT_LE(now.loop("off").busy_ns - before.busy_ns, 20'000'000U);
}

TEST(hooks, switched_off_within_a_run_and_on_again_book_no_idle_time) {
  namespace recorder = asioscope::recorder;
  named_context c("off and on");
  enqueue_some(c, 1);
  asio::post(c, [] { recorder::set_mode(recorder::mode::off); });
  asio::post(c, [] { spin(60ms); });
  asio::post(c, [] { recorder::set_mode(recorder::mode::metrics); });
  enqueue_some(c, 2);
  c.run();
  EXPECT_LE(figures().loop("off and on").idle_ns, 20'000'000U);
  EXPECT_LE(figures().loop("off and on").busy_ns, 20'000'000U);
  EXPECT_EQ(figures().loop("off and on").pending, 0U);
}

}  // namespace
