// SPDX-License-Identifier: BSL-1.0
// One event loop, watched through its executor. Link asioscope::instrumentation and
// asioscope::session.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <asioscope/instrumentation/co_spawn.hpp>
#include <asioscope/session/session.hpp>

namespace asio = boost::asio;

asio::awaitable<void> tick() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(std::chrono::milliseconds{100});
    co_await timer.async_wait(asio::use_awaitable);
  }
}

int main() {
  asioscope::session session;  // serves /metrics and the viewer until the end of main
  asio::io_context loop;
  const auto executor = asioscope::instrument(loop, "main");  // use it where you used loop
  asioscope::co_spawn(executor, "tick", tick());              // a task with a name
  loop.run();
}
