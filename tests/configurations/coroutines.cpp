// SPDX-License-Identifier: BSL-1.0
// Coroutines: their operations are Asio's own, so run() itself says how many there were.
#include "scenario.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// Runs a loop by `run` and returns how many operations that were.
template <class Run>
std::uint64_t operations_of(Run run) {
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
  // Asio counts its own ones too. What the recorder has begun must be what a program without hooks
  // and io_uring runs: the table compares them.
  const auto& begun = asioscope::recorder::this_thread().run.sequence;
  const std::uint64_t before = begun;
  run();
  return begun - before;
#else
  return run();
#endif
}

asio::awaitable<int> naps(int n) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < n; ++i) {
    timer.expires_after(100us);
    co_await timer.async_wait(asio::use_awaitable);
    co_await asio::post(asio::use_awaitable);
  }
  co_return n;
}

asio::awaitable<void> sleep_for(std::chrono::nanoseconds span) {
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> failing() {
  co_await naps(1);
  throw std::runtime_error("on purpose");
}

}  // namespace

CONFIGURATIONS_SCENARIO(coroutines) {
  asio::io_context loop;
  int sum = 0;
  int failures = 0;
  t.tasks = 25;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(loop, naps(3), [&](const std::exception_ptr&, int n) { sum += n; });
  for (int i = 0; i < 5; ++i)
    asio::co_spawn(loop, failing(), [&](const std::exception_ptr& e) { failures += e ? 1 : 0; });
  t.ran_by_asio(operations_of([&] { return loop.run(); }));
  t.check_now("after run");
  t.expect(sum == 60 && failures == 5, "each returns its value or its exception");
}

CONFIGURATIONS_SCENARIO(awaitable_operators) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context loop;
  bool timed_out = false;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        const auto first = co_await (sleep_for(1h) || sleep_for(1ms));
        timed_out = first.index() == 1;
        co_await (naps(2) && naps(3));
      },
      asio::detached);
  t.ran_by_asio(operations_of([&] { return loop.run(); }));
  t.tasks = 5;  // each branch is spawned
  t.expect(timed_out, "the shorter one wins");
}

CONFIGURATIONS_SCENARIO(coroutines_destroyed_with_their_loop) {
  asio::io_context loop;
  t.tasks = 10;
  for (int i = 0; i < 10; ++i)
    asio::co_spawn(loop, sleep_for(1h), asio::detached);
  t.ran_by_asio(operations_of([&] { return loop.run_for(5ms); }));
  t.created += 10;
  t.check_now("asleep");
  // Asio posts the unwinding of each to the loop that is being destroyed.
  t.created += 10;
  t.dropped += 20;
}

CONFIGURATIONS_SCENARIO(coroutines_on_four_threads) {
  asio::io_context loop;
  std::atomic<int> sum{0};
  std::atomic<std::uint64_t> ran{0};
  t.tasks = 50;
  for (int i = 0; i < 50; ++i)
    asio::co_spawn(loop, naps(5), [&](const std::exception_ptr&, int n) { sum += n; });
  std::thread threads[4];
  for (auto& each : threads)
    each = std::thread([&] { ran += operations_of([&] { return loop.run(); }); });
  for (auto& each : threads)
    each.join();
  t.ran_by_asio(ran);
  t.expect(sum == 250, "each returns its value");
}
