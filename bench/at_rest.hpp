// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"
#include "observed.hpp"

#if defined(ASIOSCOPE_BENCH_HOOKS)
#include "asioscope/watchdog/watch.hpp"
#endif

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace bench {

/// A thread that does nothing but wake up as often as the watchdog.
inline std::jthread make_waker() {
  return std::jthread([](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested())
      never.wait_for(lock, stop, std::chrono::milliseconds(40), [] { return false; });
  });
}

/// What a program takes, in percent of a core, that is watched and does nothing: the watchdog's
/// looks, and the loop's answer to its question once a second. For so many tenths of a second.
/// Bare: what waking up alone takes.
inline outcome at_rest(long tenths) {
  using namespace std::chrono_literals;
#if defined(ASIOSCOPE_BENCH_HOOKS)
  const asioscope::watchdog::watch watch;
#else
  const std::jthread waker = make_waker();
#endif
  asio::io_context io(1);
  const auto work = asio::make_work_guard(io);
  asio::post(io, [] {});
  std::thread loop([&] { io.run(); });
  std::this_thread::sleep_for(500ms);  // it has begun
  const double ns = time_of(
      tenths, [&] { std::this_thread::sleep_for(100ms * tenths); }, CLOCK_PROCESS_CPUTIME_ID);
  io.stop();
  loop.join();
  constexpr double of_a_tenth = 100e6;
  return {ns / of_a_tenth * 100, 1};
}

}  // namespace bench
