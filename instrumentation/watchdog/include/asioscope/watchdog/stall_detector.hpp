// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/watchdog/standstill.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

/// Decides what a stall is and when to say so. No clock, no threads: it is told what was seen.
namespace asioscope::watchdog {

/// A run that was going on when a thread was looked at. Moments and durations in ticks.
struct observed_run {
  std::uint32_t thread = 0;
  std::uint64_t sequence = 0;  ///< tells the runs of a thread apart
  std::uint64_t begin = 0;
  std::uint32_t loop = 0;
  std::uint32_t site = 0;
  std::uint64_t task = 0;

  friend bool operator==(const observed_run&, const observed_run&) = default;
};

/// A run longer than the slow threshold, from the thread itself: its exact duration.
struct ended_run {
  observed_run run;  ///< its sequence is not known
  std::uint64_t duration = 0;
  std::uint64_t delay = 0;  ///< queue delay before it
};

struct stall {
  observed_run run;
  /// So far, or altogether when it ended; without the time for which the process stood still.
  std::uint64_t duration = 0;
  bool ongoing = false;
  std::uint64_t delay = 0;  ///< queue delay, known when it ended
};

/// Each run is reported once when it is first seen older than the threshold, a few times again
/// while it lasts, and once more when it has ended.
class stall_detector {
 public:
  /// How often a stall is looked at: when it begins to be one, and whenever it is twice as long as
  /// the last time.
  static constexpr unsigned most_samples = 10;

  /// What follows from one look at all threads.
  struct findings {
    std::vector<stall>
        begun;  ///< to be reported; `ongoing` is false for those that were over before a look
    std::vector<stall> again;  ///< reported before and still going on: time for another sample
    std::vector<stall> ended;  ///< reported before, with their final durations
  };

  /// Time before `moment` makes no run a stall: a program may take its time to start.
  void set_grace(std::uint64_t moment) { grace_ = moment; }

  /// `running`: the runs going on at `now`. `slow`: the runs that ended since the last look, as far
  /// as they were slow, without the time in `still`; those that were stalls are taken out.
  [[nodiscard]] findings look(std::uint64_t now, std::uint64_t threshold,
                              std::span<const observed_run> running, std::vector<ended_run>& slow,
                              const standstill& still = {});

  /// When to look next for a report to come in time, given what `look` saw: no run that began after
  /// `now` can be a stall before `now + threshold`.
  [[nodiscard]] static std::uint64_t next_look(std::uint64_t now, std::uint64_t threshold,
                                               std::span<const observed_run> running);

  [[nodiscard]] bool any_ongoing() const { return !ongoing_.empty(); }

  /// Time spent in stalls on a loop: over and going on, in ticks. Never decreases in sum.
  struct stall_time {
    std::uint64_t ended = 0;
    std::uint64_t ongoing = 0;
  };
  [[nodiscard]] std::map<std::uint32_t, stall_time> times() const;

 private:
  struct entry {
    stall value;
    bool over = false;  ///< not seen any more; its exact duration may still arrive
    unsigned samples = 1;
    std::uint64_t sampled_at = 0;  ///< its duration then
  };

  /// How much of a run counts towards the threshold.
  [[nodiscard]] std::uint64_t blamed(const observed_run& run, std::uint64_t duration) const;

  std::map<std::uint32_t, entry> ongoing_;  ///< by thread
  std::map<std::uint32_t, std::uint64_t> ended_time_;
  std::uint64_t grace_ = 0;
};

}  // namespace asioscope::watchdog
