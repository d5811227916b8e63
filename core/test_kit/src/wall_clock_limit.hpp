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

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace asioscope::test_kit
