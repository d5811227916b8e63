// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace asioscope::watchdog {

/// How long a thread was on a processor, in nanoseconds.
struct cpu_bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;

  friend bool operator==(const cpu_bounds&, const cpu_bounds&) = default;
};

/// Finds out how long a thread was on a processor during a run, without asking at its begin: from
/// what its clock said at the end, and what it said some time before the begin. In between it was
/// on a processor for no longer than there was time, which gives the bounds. All in nanoseconds, of
/// any origin.
class cpu_samples {
 public:
  /// A thread was looked at. `run`: the number of the run going on; 0: none.
  void looked(std::uint32_t thread, std::uint64_t run, std::uint64_t at, std::uint64_t cpu);

  /// A run has ended, the thread's clock standing at `cpu` then. Nothing when nothing earlier is
  /// known of it.
  std::optional<cpu_bounds> ended(std::uint32_t thread, std::uint64_t begin, std::uint64_t end,
                                  std::uint64_t cpu);

  /// Forgets the threads that were not looked at since this was called last.
  void forget_gone();

 private:
  struct sample {
    std::uint64_t at = 0;
    std::uint64_t cpu = 0;
    std::uint64_t run = 0;
  };
  struct samples {
    std::optional<sample> older;  // before the run in which `newer` was taken
    std::optional<sample> newer;
    bool fresh = true;
  };
  static void add(samples& to, const sample& value);

  std::map<std::uint32_t, samples> threads_;
};

}  // namespace asioscope::watchdog
