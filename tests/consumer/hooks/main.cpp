// SPDX-License-Identifier: BSL-1.0
// Links asioscope::hooks and changes nothing in the code: handlers, timers and tasks of plain Asio
// are there.
#include "../expect.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace {

namespace asio = boost::asio;
using consumer::expect;
using consumer::expect_equal;
using namespace std::chrono_literals;

#if !defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#error "linking asioscope::hooks defines the macro"
#endif

void post_some(asio::io_context& loop) {
  for (int i = 0; i < 7; ++i)
    asio::post(loop, [] {});
}

void wait_a_little(asio::steady_timer& timer) {
  timer.expires_after(2ms);
  timer.async_wait([](const boost::system::error_code&) {});
}

void cancel_one(asio::steady_timer& timer) {
  timer.expires_after(1h);
  timer.async_wait([](const boost::system::error_code&) {});
  timer.cancel();
}

asio::awaitable<void> two_naps() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < 2; ++i) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace

int main() {
  const auto tasks_of = [](const asioscope::schema::snapshot& now) {
    std::uint64_t finished = 0;
    for (const auto& figures : now.task_stats)
      finished += figures.finished;
    return finished;
  };
  {
    asio::io_context loop;
    asio::steady_timer timer(loop);
    asio::steady_timer other(loop);
    post_some(loop);
    wait_a_little(timer);
    cancel_one(other);
    for (int i = 0; i < 3; ++i)
      asio::co_spawn(loop, two_naps(), asio::detached);
    loop.run();
  }
  const auto now = asioscope::recorder::take_snapshot();
  expect_equal("loops", now.loops.size(), 1U);
  if (now.loops.empty()) return 1;
  const consumer::loop_view view(now.loops.front().name);
  expect_equal("posts", view.handlers("post_some").run.count(), 7U);
  expect_equal("their queue delays", view.handlers("post_some").delay.count(), 7U);
  expect_equal("timers", view.handlers("wait_a_little").run.count(), 1U);
  expect_equal("cancelled timers", view.handlers("cancel_one").cancelled, 1U);
  expect_equal("tasks finished", tasks_of(now), 3U);
  expect("the timers' lateness was measured", view.loop().lag.count() >= 1);
  expect("the loop waited for them", view.loop().idle_ns >= 1'000'000);
  return consumer::failures == 0 ? 0 : 1;
}
