// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace asioscope::test_kit {

/// Ends the program with a message when it lives longer than that: a handler that does not return
/// cannot be ended otherwise.
class wall_clock_limit {
 public:
  wall_clock_limit(std::chrono::seconds limit, std::string what);
  wall_clock_limit(const wall_clock_limit&) = delete;
  wall_clock_limit& operator=(const wall_clock_limit&) = delete;
  ~wall_clock_limit();

  /// The time counts from now on: a thread for each of a million schedules would cost more than
  /// they.
  void begin_again();

 private:
  using clock = std::chrono::steady_clock;

  const std::chrono::seconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  clock::time_point end_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace asioscope::test_kit
