// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"
#include "observed.hpp"

#include "asioscope/watchdog/watch.hpp"

#include <chrono>
#include <thread>

namespace bench {

/// What a program takes, in percent of a core, that is watched and does nothing: the watchdog's
/// looks, and the loop's answer to its question once a second. For so many tenths of a second.
inline outcome at_rest(long tenths) {
  using namespace std::chrono_literals;
  const asioscope::watchdog::watch watch;
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
