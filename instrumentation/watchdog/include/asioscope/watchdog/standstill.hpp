// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <deque>

namespace asioscope::watchdog {

/// Remembers when the whole process stood still: stopped by a signal or a debugger, or suspended
/// with the machine. Nobody's handler is to blame for that time.
///
/// It is seen by a thread that gets on much later than it wanted, and was not merely waiting for a
/// processor, or using one. No clock: it is told the moments, in ticks.
class standstill {
 public:
  /// The observing thread is awake at `now`, and has had a processor or waited for one for
  /// `accounted` altogether.
  void awake(std::uint64_t now, std::uint64_t accounted) {
    last_awake_ = now;
    accounted_ = accounted;
  }

  /// Whether `now` is so late, when `expected` was wanted, that it needs an explanation.
  [[nodiscard]] static bool is_late(std::uint64_t now, std::uint64_t expected,
                                    std::uint64_t tolerance) {
    return now > expected && now - expected > tolerance;
  }

  /// The thread that wanted to be awake at `expected` is at `now`, and has had a processor or
  /// waited for one for `accounted` altogether. If that does not explain it, everything since it
  /// was last awake counts as standstill: when exactly that began is not known.
  void late(std::uint64_t now, std::uint64_t expected, std::uint64_t accounted,
            std::uint64_t tolerance);

  /// How much of the time between two moments the process stood still.
  [[nodiscard]] std::uint64_t within(std::uint64_t begin, std::uint64_t end) const;

 private:
  struct interval {
    std::uint64_t begin;
    std::uint64_t end;
  };
  static constexpr std::size_t intervals_kept = 256;

  std::uint64_t last_awake_ = 0;
  std::uint64_t accounted_ = 0;
  std::deque<interval> intervals_;  ///< ascending, apart from each other
};

}  // namespace asioscope::watchdog
