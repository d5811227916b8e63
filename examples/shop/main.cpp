// SPDX-License-Identifier: BSL-1.0
#include "carrier.hpp"
#include "http_server.hpp"
#include "options.hpp"
#include "routes/routes.hpp"
#include "shipping.hpp"

#include "asioscope/core/rate_limiter.hpp"
#include "asioscope/instrumentation/co_spawn.hpp"
#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/session/session.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <exception>
#include <iostream>

namespace {

namespace asio = boost::asio;

/// Lets requests being answered get their answer. A second signal does not wait for them.
asio::awaitable<void> shut_down_on_signal(asio::io_context& loop, shop::http_server& server,
                                          shop::carrier& firm) {
  asio::signal_set signals(loop, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  signals.async_wait([&loop](const auto& error, int) {
    if (!error) loop.stop();
  });
  server.stop();
  firm.stop();
  co_await server.drain(std::chrono::seconds{3});
  loop.stop();
}

void run(const shop::options& wanted) {
  asioscope::session session;
  asio::io_context loop(1);
  asioscope::name_loop(loop, "http");
  shop::router routes;
  const shop::tcp::endpoint address(asio::ip::address_v4::loopback(), wanted.port);
  shop::http_server server(loop, address, routes, {.idle = wanted.idle});

  const auto executor = loop.get_executor();
  shop::database data(executor, wanted.database, wanted.connections);
  shop::carrier firm(loop);
  shop::shipping shipping(executor, data, firm.address());
  asioscope::core::rate_limiter pace(executor, {.rate = 5000, .burst = 500}, "orders");
  shop::routes::add_items(routes, data);
  shop::routes::add_orders(routes, data, pace);
  shop::routes::add_report(routes, data);
  shop::routes::add_sick(routes, loop, data, firm);
  shop::routes::add_index(routes);

  const auto serve = [&]() -> asio::awaitable<void> {
    co_await data.open();
    asioscope::co_spawn(executor, "ship orders", shipping.run(), asio::detached);
    co_await server.serve();
  };
  // Without its database the shop is of no use.
  const auto or_end = [&](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  };
  asioscope::co_spawn(executor, "accept", serve, or_end);
  asioscope::co_spawn(executor, "carrier's door", firm.serve(), asio::detached);
  asioscope::co_spawn(executor, "shutdown", shut_down_on_signal(loop, server, firm),
                      asio::detached);
  std::cout << "shop     http://127.0.0.1:" << server.address().port() << std::endl;
  loop.run();
}

}  // namespace

int main(int count, char** words) {
  int exit_code = 0;
  const auto wanted = shop::parse_command_line(count, words, exit_code);
  if (!wanted) return exit_code;
  try {
    run(*wanted);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "asioscope-shop: " << error.what() << '\n';
    return 1;
  }
}
