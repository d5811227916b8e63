// SPDX-License-Identifier: BSL-1.0
// Links asioscope::instrumentation and nothing else, no macro defined: every figure the executor
// promises.
#include "../expect.hpp"

#include <boost/version.hpp>
#if BOOST_VERSION >= 107700
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#endif
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <asioscope/instrumentation/co_spawn.hpp>
#include <asioscope/instrumentation/instrumented_executor.hpp>
#include <asioscope/recorder/loop.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>

namespace {

namespace asio = boost::asio;
using consumer::expect;
using consumer::expect_equal;
using namespace std::chrono_literals;

#if defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#error "this program shall not have the hooks"
#endif

// Asio of Boost 1.74 to 1.76 has no cancellation.
#if BOOST_VERSION >= 107700
constexpr unsigned stopped = 1;
#else
constexpr unsigned stopped = 0;
#endif

void block_for(std::chrono::nanoseconds span) {
  const auto end = std::chrono::steady_clock::now() + span;
  while (std::chrono::steady_clock::now() < end)
    continue;
}

void handlers() {
  constexpr int quick = 10;
  {
    asio::io_context loop;
    const auto executor = asioscope::instrument(loop, "handlers");
    asio::post(executor, [] { block_for(300ms); });
    for (int i = 0; i < quick; ++i)
      asio::post(executor, [] {});
    asio::post(executor, [] { throw std::runtime_error("on purpose"); });
    expect_equal("pending before the run", consumer::loop_view("handlers").loop().pending, 12U);
    try {
      loop.run();
      expect("an exception passes through", false);
    } catch (const std::runtime_error&) {
    }
    loop.run();
    // Dies with the context, never called.
    asio::post(executor, [] {});
  }
  const consumer::loop_view view("handlers");
  const auto sum = view.handlers();
  expect_equal("handlers run", sum.run.count(), quick + 2U);
  expect_equal("slow handlers", sum.slow, 1U);
  expect_equal("handlers that threw", sum.failed, 1U);
  expect_equal("handlers destroyed unrun", sum.unrun, 1U);
  expect_equal("queue delays", sum.delay.count(), quick + 2U);
  expect("all but the first waited for the one that blocks",
         sum.delay.sum_ns >= (quick + 1) * std::uint64_t{300'000'000});
  expect("time in handlers", sum.run.sum_ns >= 300'000'000);
  expect_equal("pending afterwards", view.loop().pending, 0U);
}

asio::awaitable<void> wait_for(std::chrono::nanoseconds span) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<int> answer() {
  co_await wait_for(1ms);
  co_return 42;
}

asio::awaitable<void> fail() {
  co_await wait_for(1ms);
  throw std::runtime_error("on purpose");
}

void tasks() {
  int answers = 0;
  int exceptions = 0;
  const auto on_end = [&](std::exception_ptr error) { exceptions += error != nullptr; };
#if BOOST_VERSION >= 107700
  asio::cancellation_signal stop;
#endif
  {
    asio::io_context loop;
    const auto executor = asioscope::instrument(loop, "tasks");
    for (int i = 0; i < 3; ++i)
      asioscope::co_spawn(executor, "answer", answer(),
                          [&](std::exception_ptr, int value) { answers += value; });
    for (int i = 0; i < 2; ++i)
      asioscope::co_spawn(executor, "fail", fail(), on_end);
    asioscope::co_spawn(executor, "abandoned", wait_for(1h), asio::detached);
#if BOOST_VERSION >= 107700
    asioscope::co_spawn(executor, "stopped", wait_for(1h),
                        asio::bind_cancellation_slot(stop.slot(), on_end));
    loop.run_for(50ms);
    expect_equal("live tasks", consumer::loop_view("tasks").tasks("stopped").finished, 0U);
    stop.emit(asio::cancellation_type::terminal);
#endif
    loop.run_for(50ms);
  }
  expect_equal("values returned", answers, 3 * 42);
  expect_equal("exceptions passed on", exceptions, 2 + static_cast<int>(stopped));
  const consumer::loop_view view("tasks");
  const auto expect_tasks = [&](const char* name, unsigned spawned, unsigned failed,
                                unsigned cancelled, unsigned abandoned) {
    const auto figures = view.tasks(name);
    std::cerr << name << ": ";
    expect_equal("spawned", figures.spawned, spawned);
    expect_equal("finished", figures.finished, spawned);
    expect_equal("failed", figures.failed, failed);
    expect_equal("cancelled", figures.cancelled, cancelled);
    expect_equal("abandoned", figures.abandoned, abandoned);
    expect_equal("durations", figures.duration.count(), spawned);
  };
  expect_tasks("answer", 3, 0, 0, 0);
  expect_tasks("fail", 2, 2, 0, 0);
  expect_tasks("stopped", stopped, 0, stopped, 0);
  expect_tasks("abandoned", 1, 0, 0, 1);
  std::cerr << '\n';
}

void lag() {
  asio::io_context loop;
  asioscope::instrument(loop, "lag");
  auto work = std::optional(asio::make_work_guard(loop));
  std::thread runner([&] { loop.run(); });
  const auto lags = [] { return consumer::loop_view("lag").loop().lag.count(); };
  for (unsigned probes = 1; probes <= 3; ++probes) {
    asioscope::recorder::probe_idle_loops({});
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    while (lags() < probes && std::chrono::steady_clock::now() < give_up)
      std::this_thread::yield();
  }
  expect_equal("probes of an idle loop", lags(), 3U);
  work.reset();
  runner.join();
}

}  // namespace

int main() {
  asioscope::recorder::set_thresholds({.slow = 200ms, .stall = 1h});
  handlers();
  tasks();
  lag();
  return consumer::failures == 0 ? 0 : 1;
}
