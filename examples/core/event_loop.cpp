// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/event_loop.hpp>
#include <asioscope/core/loop_owned.hpp>

#include <csignal>
#include <iostream>
#include <map>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asio::ip::tcp;

asio::awaitable<void> serve(tcp::acceptor& acceptor) {
  for (;;) {
    tcp::socket client = co_await acceptor.async_accept(asio::use_awaitable);
    co_await asio::async_write(client, asio::buffer("hello\n", 6), asio::use_awaitable);
  }
}

asio::awaitable<void> shut_down_soon(event_loop& loop) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 50ms);
  co_await timer.async_wait(asio::use_awaitable);
  loop.shutdown();
}

void print_exception(const std::exception_ptr& error, const loop_exception& where) {
  std::cout << where.thread << ": " << text_of(error) << '\n';
}

void print_slow(const slow_callback& slow) { std::cout << to_string(slow) << '\n'; }

int main() {
  // The first signal shuts it down, the second at once.
  event_loop loop({.signals = {SIGINT, SIGTERM},
                   .shutdown_within = 5s,
                   .debug = true,
                   .slow_after = 50ms,
                   .on_exception = print_exception,
                   .on_slow = print_slow},
                  "web");
  tcp::acceptor acceptor(loop.get_executor(), {asio::ip::address_v4::loopback(), 0});
  loop.spawn("server", serve(acceptor));
  loop.spawn("end", shut_down_soon(loop));

  loop_owned<std::map<std::string, int>> sessions(loop);  // for the loop's thread alone
  asio::post(loop.get_executor(), [&] { ++sessions.get()["somebody"]; });

  const loop_report report = loop.run();
  std::cout << to_string(report);  // who did not finish, if anybody
}
