// SPDX-License-Identifier: BSL-1.0
#include "client.hpp"
#include "options.hpp"
#include "schedule.hpp"
#include "tally.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace load {
namespace {

using clock = std::chrono::steady_clock;

http::request<http::string_body> make_request(const options& wanted, const kind& what,
                                              std::string_view order) {
  auto path = what.path;
  if (path.ends_with("/ID")) path.replace(path.size() - 2, 2, order);
  http::request<http::string_body> request{what.method, path, 11};
  request.set(http::field::host, wanted.host + ':' + wanted.port);
  request.set(http::field::user_agent, "asioscope-load");
  if (what.method == http::verb::post) {
    request.set(http::field::content_type, "application/json");
    request.body() = R"({"item": 1, "quantity": 2})";
  }
  request.prepare_payload();
  return request;
}

/// One connection's work: takes what is due until there is nothing left.
asio::awaitable<void> send_all(const options& wanted, tcp::resolver::results_type servers,
                               schedule& plan, tally& results) {
  client connection(co_await asio::this_coro::executor, std::move(servers));
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::string order = "1";  // every shop opens with orders
  for (std::size_t turn = 0;; ++turn) {
    const auto due = plan.take(clock::now());
    if (!due) co_return;
    if (*due > clock::now()) {
      timer.expires_at(*due);
      co_await timer.async_wait(asio::use_awaitable);
    }
    const auto kind = turn % wanted.mix.size();
    const auto outcome = co_await connection.send(make_request(wanted, wanted.mix[kind], order));
    results.add(kind, clock::now() - *due, outcome.failure);
    if (const auto slash = outcome.location.rfind('/'); slash != std::string::npos) {
      order = outcome.location.substr(slash + 1);
    }
  }
}

tcp::resolver::results_type find_servers(asio::io_context& loop, const options& wanted) {
  const auto servers = tcp::resolver(loop).resolve(wanted.host, wanted.port);
  // Once before the clock starts: a server that is not there is one clear sentence, not N failures.
  tcp::socket probe(loop);
  asio::connect(probe, servers);
  return servers;
}

int run(const options& wanted) {
  asio::io_context loop(1);
  tcp::resolver::results_type servers;
  try {
    servers = find_servers(loop, wanted);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot connect to " + wanted.host + ':' + wanted.port + ": " +
                             error.code().message());
  }

  const auto begin = clock::now();
  schedule plan(wanted.requests, wanted.duration, wanted.rate, begin);
  tally results(wanted.mix.size());
  int at_work = wanted.connections;
  bool interrupted = false;
  asio::signal_set signals(loop, SIGINT, SIGTERM);
  signals.async_wait([&](const auto& error, int) {
    if (error) return;
    interrupted = true;
    loop.stop();
  });
  for (int i = 0; i < wanted.connections; ++i) {
    asio::co_spawn(loop, send_all(wanted, servers, plan, results), [&](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
      if (--at_work == 0) signals.cancel();
    });
  }
  loop.run();

  results.print(std::cout, wanted, clock::now() - begin);
  if (interrupted) std::cout << "interrupted\n";
  if (!interrupted && plan.left() > 0) {
    std::cout << "never sent, because the server could not keep up: " << plan.left() << '\n';
  }
  if (results.failed() > 0 || plan.left() > 0) return 1;
  return 0;
}

}  // namespace
}  // namespace load

int main(int count, char** words) {
  int exit_code = 0;
  const auto wanted = load::parse_command_line(count, words, exit_code);
  if (!wanted) return exit_code;
  try {
    return load::run(*wanted);
  } catch (const std::exception& error) {
    std::cerr << "asioscope-load: " << error.what() << '\n';
    return 1;
  }
}
