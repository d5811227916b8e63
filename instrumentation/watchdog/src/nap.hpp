// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

/// Short sleeps of the watchdog's while it waits for something, and their sum, by which it knows
/// that it was not stopped meanwhile.
namespace asioscope::watchdog {

inline constinit thread_local std::chrono::nanoseconds time_napped{0};

/// A sleep that takes much longer than was asked for is not put down to the sleeper.
inline void nap(std::chrono::nanoseconds time) {
  constexpr std::chrono::milliseconds slack{1};
  const auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(time);
  time_napped +=
      std::min<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin, time + slack);
}

/// Since it was last asked for on this thread.
inline std::chrono::nanoseconds take_time_napped() {
  return std::exchange(time_napped, std::chrono::nanoseconds{0});
}

}  // namespace asioscope::watchdog
