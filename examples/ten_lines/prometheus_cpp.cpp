// SPDX-License-Identifier: BSL-1.0
// A program that exports with prometheus-cpp already: the loops' families come out beside its own.
// Link asioscope::metrics_prometheus, prometheus-cpp::pull and what the executor way needs.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <asioscope/instrumentation/co_spawn.hpp>
#include <asioscope/metrics_prometheus/collectable.hpp>
#include <asioscope/session/session.hpp>
#include <prometheus/exposer.h>

namespace asio = boost::asio;

asio::awaitable<void> tick() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(std::chrono::milliseconds{100});
    co_await timer.async_wait(asio::use_awaitable);
  }
}

int main() {
  asioscope::session session({.metrics = false});  // records; no endpoint of its own
  const auto families = std::make_shared<asioscope::metrics::collectable>();
  prometheus::Exposer exposer("127.0.0.1:9464");  // yours
  exposer.RegisterCollectable(families);          // beside your registries
  asio::io_context loop;
  const auto executor = asioscope::instrument(loop, "main");
  asioscope::co_spawn(executor, "tick", tick());
  loop.run();
}
