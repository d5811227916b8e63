// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "thread_activity.hpp"

#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// Why a thread does not get on. No clock, no /proc: it is told what was seen.
namespace asioscope::watchdog {

/// What was seen of a thread between two moments. What the kernel did not tell is empty.
struct thread_evidence {
  char state_before = 0;  ///< as in `ps`; 0 unknown
  char state = 0;         ///< the same at the end
  long system_call = -1;  ///< in which it waits at the end, -1: in none
  bool mutex = false;     ///< that call waits for a mutex
  std::uint64_t wall_ns = 0;
  std::optional<std::uint64_t> cpu_ns;
  std::optional<std::uint64_t> run_delay_ns;  ///< ready to run, without a processor
  std::optional<std::uint64_t> sleeps;        ///< how often it went to sleep
};

using schema::stall_cause;

[[nodiscard]] stall_cause cause_of(const thread_evidence& seen);

[[nodiscard]] thread_evidence evidence_between(const thread_reading& before,
                                               const thread_reading& after);

/// As a report says it: "on CPU", "in system call read"…; empty for unknown.
[[nodiscard]] std::string text_of(stall_cause cause, long system_call);

}  // namespace asioscope::watchdog
