// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace asioscope::metrics {

/// What a thread that has run a loop is doing.
struct thread_now {
  std::uint32_t loop = 0;                          ///< the one it ran last
  std::optional<std::chrono::nanoseconds> in_run;  ///< so far, of the run going on
  std::uint32_t site = 0;                          ///< of that run
  std::uint64_t run = 0;                           ///< which: its begin, in ticks
};

/// Of all threads of this process.
[[nodiscard]] std::vector<thread_now> list_threads_now();

struct stuck_loop {
  std::string name;
  std::chrono::nanoseconds since;  ///< for how long its latest run has been going on
  std::uint64_t run = 0;           ///< that run

  friend bool operator==(const stuck_loop&, const stuck_loop&) = default;
};

/// The loops nothing of which has moved on for `limit`: every thread that runs it is in a run that
/// old, nothing ended meanwhile, and no thread waits in its reactor. One that nobody runs is not
/// among them, be its queue full: it may not be meant to run now. Pure.
[[nodiscard]] std::vector<stuck_loop> find_stuck(const schema::snapshot& now,
                                                 std::span<const thread_now> threads,
                                                 std::chrono::nanoseconds limit);

/// Does not believe at first sight that a loop is stuck: when a process has stood still (stopped,
/// suspended), all its runs look old for a moment.
class second_look {
 public:
  /// Of those found stuck now those that were seen in the same run at least `least_apart` before.
  [[nodiscard]] std::vector<stuck_loop> confirm(const std::vector<stuck_loop>& found,
                                                std::chrono::nanoseconds now);

  static constexpr std::chrono::milliseconds least_apart{500};

 private:
  struct suspect {
    std::string loop;
    std::uint64_t run;
    std::chrono::nanoseconds first_seen;
  };
  std::vector<suspect> suspects_;
};

/// Whether any loop has begun to run. Pure.
[[nodiscard]] bool has_running_loop(const schema::snapshot& now);

}  // namespace asioscope::metrics
