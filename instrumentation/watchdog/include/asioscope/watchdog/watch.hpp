// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace asioscope::watchdog {

struct watch_options {
  /// The real-time signal that takes stacks; 0: SIGRTMIN + 3. Used only if the program has no
  /// handler there.
  int signal = 0;
  /// Time from the construction on that makes no run a stall: a program may take its time to start.
  std::chrono::nanoseconds grace{0};
  /// Deliveries per kind of report; the rest is only counted.
  unsigned reports_per_minute = 5;
  /// Told about each report when it is made, and again (same id, not ongoing) when a stall that it
  /// was told about is over. `suppressed`: how many of this kind were not delivered since. Called
  /// on the watchdog's thread: it must not block.
  std::function<void(const schema::report& value, std::uint64_t suppressed)> deliver = {};
};

/// The watchdog: one thread that looks at what the program's threads are running.
///
/// It makes reports of stalls (a run older than the threshold, with its stack and its cause, while
/// it lasts; looked at again whenever it is twice as old), slow runs and failures, and keeps the
/// recorder's clock readings and lag probes going. A look is due when the oldest run could have
/// become a stall, so a busy or idle program costs a few dozen looks a second and a report comes
/// within milliseconds of the threshold. Time for which the whole process stood still (stopped by a
/// signal or a debugger, suspended) counts for nothing.
///
/// Thread safety: construct and destroy on one thread. After fork() the child has no watchdog;
/// destroying the object there does nothing. Errors: std::system_error when there can be no thread.
class watch {
 public:
  explicit watch(const watch_options& options = {});
  ~watch();
  watch(const watch&) = delete;
  watch& operator=(const watch&) = delete;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace asioscope::watchdog
