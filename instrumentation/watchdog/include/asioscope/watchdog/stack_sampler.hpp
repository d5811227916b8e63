// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/thread_state.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::watchdog {

/// The stack of a run that is going on, or why there is none.
struct stack_sample {
  std::vector<std::uintptr_t>
      addresses;       ///< innermost first: where the thread stands, then return addresses
  std::string reason;  ///< one sentence when there are no addresses
};

/// Takes the stack of another thread while it runs a handler.
///
/// Only a thread that the kernel shows as running is interrupted, by a real-time signal: one that
/// waits in a system call would see that call cut short, so it keeps its peace and its stack is
/// copied and walked from outside. Nothing is sent to a thread that blocks the signal, and no stack
/// is taken while an exception is in flight.
///
/// Thread safety: one thread uses it. One instance per process works; others say why they do not.
class stack_sampler {
 public:
  /// `signal`: 0 for the default, SIGRTMIN + 3. Taken only when the program has no handler of its
  /// own there.
  explicit stack_sampler(int signal = 0);

  /// What `thread` is doing in its run number `sequence`, which began at `begin`. A stack of
  /// another run is never returned. Waits up to 200 ms for a thread that has no processor to answer
  /// with.
  [[nodiscard]] stack_sample take(const recorder::thread_state* thread, std::int32_t os_id,
                                  std::uint64_t sequence, recorder::ticks begin);

 private:
  [[nodiscard]] stack_sample take_once(const recorder::thread_state* thread, std::int32_t os_id,
                                       std::uint64_t sequence, recorder::ticks begin);

  int signal_;
  std::string unavailable_;  // why stacks cannot be taken at all
};

}  // namespace asioscope::watchdog
