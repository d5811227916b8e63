// SPDX-License-Identifier: BSL-1.0
#include <boost/asio.hpp>

#include <asioscope/core/resource_pool.hpp>
#include <asioscope/core/with_resource.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using asioscope::core::resource_pool;
using namespace std::chrono_literals;

struct session {
  int number;
  int requests = 0;
};

asio::awaitable<session> log_in() {
  static int count = 0;
  asio::steady_timer far_away(co_await asio::this_coro::executor, 5ms);
  co_await far_away.async_wait(asio::use_awaitable);
  co_return session{++count};
}

asio::awaitable<int> ask(session& mine) { co_return ++mine.requests; }

asio::awaitable<void> use(resource_pool<session>& sessions) {
  const int served = co_await with_resource(sessions, ask);
  std::cout << "request " << served << " of its session\n";
}

asio::awaitable<void> use_and_close(resource_pool<session>& sessions) {
  for (int i = 0; i < 5; ++i)
    co_await use(sessions);
  co_await sessions.async_close(asio::use_awaitable);
}

int main() {
  asio::io_context loop;
  resource_pool<session> sessions(loop, {.create = log_in},
                                  {.min_size = 1, .max_size = 4, .idle_timeout = 1min}, "sessions");
  asio::co_spawn(loop, use_and_close(sessions), asio::detached);
  loop.run();
}
