// SPDX-License-Identifier: BSL-1.0
// A program that knows nothing of asioscope. Link asioscope::autostart, and every handler and
// coroutine is watched.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace asio = boost::asio;

asio::awaitable<void> tick() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(std::chrono::milliseconds{100});
    co_await timer.async_wait(asio::use_awaitable);
  }
}

int main() {
  asio::io_context loop;
  asio::co_spawn(loop, tick(), asio::detached);
  loop.run();
}
