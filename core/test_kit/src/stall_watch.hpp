// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "stack_of_thread.hpp"
#include "watched_thread.hpp"

#include "asioscope/test_kit/no_stall.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace asioscope::test_kit::detail {

/// Looks from a thread of its own at those that run handlers, and remembers who blocked.
class stall_watch {
 public:
  /// \param context whose handlers; null: all that the calling thread runs
  stall_watch(const boost::asio::execution_context* context, std::chrono::nanoseconds limit,
              testing::TestPartResult::Type how, place where);
  stall_watch(const stall_watch&) = delete;
  stall_watch& operator=(const stall_watch&) = delete;
  ~stall_watch();

  /// Whether anybody watches: then loops do not wait inside of Asio, which would run a handler
  /// without saying when it begins.
  static bool any() noexcept;

 private:
  /// What is known of a run that was still going on when we looked.
  struct sighting {
    std::uint64_t change = 0;
    std::chrono::nanoseconds cpu_before{};
    std::chrono::nanoseconds slept{};
    bool was_asleep = false;
    bool reported = false;
  };

  struct stall {
    std::chrono::nanoseconds cpu;
    std::chrono::nanoseconds slept;
    stack frames;
  };

  void watch();
  void look();
  void look_at(watched_thread& thread);
  void report() const;

  const boost::asio::execution_context* const context_;
  const pid_t only_;
  const std::chrono::nanoseconds limit_;
  const std::chrono::nanoseconds period_;
  const testing::TestPartResult::Type how_;
  const place where_;

  // The watching thread's, until it has been joined.
  std::map<pid_t, sighting> sightings_;
  std::vector<stall> stalls_;
  std::chrono::steady_clock::time_point last_look_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  // Code that is in no loop counts as one run, of no loop.
  std::optional<run_mark> mark_;
  std::thread thread_;
};

}  // namespace asioscope::test_kit::detail
