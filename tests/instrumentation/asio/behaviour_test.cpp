// SPDX-License-Identifier: BSL-1.0
// What Asio promises. Built without anything of ours and with the hooks: a program must not notice
// them.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::error_code;

TEST(run, returns_the_number_of_handlers) {
  asio::io_context c;
  EXPECT_EQ(c.run(), 0U);
  EXPECT_TRUE(c.stopped());
  c.restart();
  for (int i = 0; i < 3; ++i)
    asio::post(c, [] {});
  EXPECT_EQ(c.poll_one(), 1U);
  EXPECT_EQ(c.run_one(), 1U);
  EXPECT_EQ(c.poll(), 1U);
  EXPECT_EQ(c.poll_one(), 0U);
  c.restart();
  asio::steady_timer timer(c, 300ms);
  timer.async_wait([](error_code) {});
  EXPECT_EQ(c.poll(), 0U);
  EXPECT_EQ(c.run_one_for(1ms), 0U);
  EXPECT_EQ(c.run_one(), 1U);
  EXPECT_EQ(c.run_one(), 0U);
}

TEST(run, of_a_strand_counts_one_for_a_batch) {
  asio::io_context c;
  auto strand = asio::make_strand(c);
  for (int i = 0; i < 3; ++i)
    asio::post(strand, [] {});
  EXPECT_EQ(c.run(), 2U);  // the first, and the rest together
}

TEST(run, runs_posts_in_order_and_dispatch_at_once) {
  asio::io_context c;
  std::string order;
  asio::post(c, [&] {
    order += "a";
    asio::post(c, [&] { order += "d"; });
    asio::dispatch(c, [&] { order += "b"; });
    order += "c";
  });
  c.run();
  EXPECT_EQ(order, "abcd");
}

TEST(run, within_a_handler_goes_on_with_the_rest) {
  asio::io_context c;
  int calls = 0;
  asio::post(c, [&] { EXPECT_EQ(c.poll(), 2U); });
  for (int i = 0; i < 2; ++i)
    asio::post(c, [&] { ++calls; });
  EXPECT_EQ(c.run(), 1U);
  EXPECT_EQ(calls, 2);
}

TEST(executor, knows_whether_it_runs_here) {
  asio::io_context a;
  asio::io_context b;
  auto strand = asio::make_strand(a);
  EXPECT_FALSE(a.get_executor().running_in_this_thread());
  asio::post(strand, [&] {
    EXPECT_TRUE(a.get_executor().running_in_this_thread());
    EXPECT_TRUE(strand.running_in_this_thread());
    EXPECT_FALSE(b.get_executor().running_in_this_thread());
    asio::post(b, [&] {
      EXPECT_TRUE(a.get_executor().running_in_this_thread());
      EXPECT_TRUE(b.get_executor().running_in_this_thread());
    });
    b.run();
    EXPECT_FALSE(b.get_executor().running_in_this_thread());
    EXPECT_TRUE(a.get_executor().running_in_this_thread());
  });
  a.run();
  EXPECT_FALSE(a.get_executor().running_in_this_thread());
}

TEST(exception, leaves_run_and_the_loop_goes_on) {
  asio::io_context c;
  asio::post(c, [] { throw std::runtime_error("first"); });
  asio::post(c, [] {});
  EXPECT_THROW(c.run(), std::runtime_error);
  EXPECT_FALSE(c.get_executor().running_in_this_thread());
  EXPECT_EQ(c.run(), 1U);
}

/// Whether the function that throws is still on the stack.
bool is_throwing = false;
struct throwing_function {
  throwing_function() { is_throwing = true; }
  ~throwing_function() { is_throwing = false; }
};

TEST(exception, that_nobody_catches_terminates_where_it_was_thrown) {
  const auto run_until_the_end = [] {
    std::set_terminate([] { _exit(is_throwing ? 7 : 8); });
    std::thread([] {
      asio::io_context c;
      asio::post(c, [] {
        const throwing_function here;
        throw std::runtime_error("nobody wants it");
      });
      c.run();
    }).join();
  };
  EXPECT_EXIT(run_until_the_end(), testing::ExitedWithCode(7), "");
}

TEST(exception, out_of_a_nested_run_passes_through_both) {
  asio::io_context a;
  asio::io_context b;
  asio::post(a, [&] {
    asio::post(b, [] { throw 1; });
    b.run();
  });
  EXPECT_THROW(a.run(), int);
  EXPECT_FALSE(a.get_executor().running_in_this_thread());
  EXPECT_FALSE(b.get_executor().running_in_this_thread());
}

asio::awaitable<int> sum_of_naps(int n) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
    sum += i;
  }
  co_return sum;
}

TEST(coroutine, returns_values_and_exceptions) {
  asio::io_context c;
  int got = 0;
  std::exception_ptr error;
  asio::co_spawn(c, sum_of_naps(4), [&](std::exception_ptr, int v) { got = v; });
  asio::co_spawn(
      c,
      []() -> asio::awaitable<void> {
        co_await sum_of_naps(1);
        throw 3;
      },
      [&](std::exception_ptr e) { error = e; });
  c.run();
  EXPECT_EQ(got, 6);
  EXPECT_NE(error, nullptr);
}

TEST(context, destroyed_with_work_destroys_the_handlers_once) {
  auto token = std::make_shared<int>(0);
  {
    asio::io_context c;
    asio::steady_timer timer(c, 1h);
    timer.async_wait([token](error_code) {});
    asio::post(c, [token] {});
    asio::post(asio::make_strand(c), [token] {});
    asio::co_spawn(
        c, [token]() -> asio::awaitable<void> { co_await sum_of_naps(1000); }, asio::detached);
    c.poll_one();
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(thread_pool, runs_everything_before_join_returns) {
  std::atomic<int> calls{0};
  asio::thread_pool pool(2);
  for (int i = 0; i < 100; ++i)
    asio::post(pool, [&] { ++calls; });
  pool.join();
  EXPECT_EQ(calls, 100);
}

TEST(sockets, speak_and_hang_up) {
  asio::io_context c;
  using tcp = asio::ip::tcp;
  tcp::acceptor acceptor(c, {asio::ip::address_v4::loopback(), 0});
  tcp::socket client(c);
  tcp::socket server(c);
  acceptor.async_accept(server, [](error_code) {});
  client.async_connect(acceptor.local_endpoint(), [](error_code) {});
  EXPECT_EQ(c.run(), 2U);
  char in[8];
  std::size_t received = 0;
  server.async_receive(asio::buffer(in), [&](error_code ec, std::size_t n) {
    EXPECT_FALSE(ec);
    received = n;
  });
  asio::post(c, [&] { client.send(asio::buffer("hello", 5)); });
  c.restart();
  EXPECT_EQ(c.run(), 2U);
  EXPECT_EQ(received, 5U);
  server.async_receive(asio::buffer(in),
                       [&](error_code ec, std::size_t) { EXPECT_EQ(ec, asio::error::eof); });
  client.close();
  c.restart();
  EXPECT_EQ(c.run(), 1U);
}

}  // namespace
