// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/bulkhead.hpp>
#include <asioscope/core/circuit_breaker.hpp>
#include <asioscope/core/compose.hpp>
#include <asioscope/core/retry.hpp>
#include <asioscope/core/timeout.hpp>

#include <iostream>
#include <stdexcept>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;

asio::awaitable<int> query() {
  throw std::runtime_error("the database is down");
  co_return 0;
}

asio::awaitable<void> ask(circuit_breaker& database) {
  for (int i = 0; i < 6; ++i) {
    const auto answer = co_await database.execute(query);
    if (answer)
      std::cout << answer.value() << '\n';
    else if (answer.error() == errc::breaker_open)
      std::cout << "not asked, for " << database.retry_after() / 1s << " s\n";
    else
      std::cout << "failed\n";
  }
}

asio::awaitable<void> ask_carefully(circuit_breaker& database, bulkhead& room) {
  const auto carefully =
      compose(retry_policy({.max_attempts = 3, .base_delay = 10ms}), database, room, timeout(1s));
  const auto answer = co_await carefully.execute(query);
  std::cout << answer.error().message() << '\n';
}

int main() {
  asio::io_context loop;
  circuit_breaker database(loop, {.window_calls = 4, .open_time = 30s}, "database");
  bulkhead room(loop, {.max_running = 10, .max_waiting = 20}, "database");
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        co_await ask(database);
        co_await ask_carefully(database, room);
      },
      asio::detached);
  loop.run();
}
