// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>

namespace asioscope::watchdog {

/// Before the program dies of SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT, one line on stderr says
/// what each loop was running:
///
///     asioscope: SIGSEGV in "handle_order" on loop "shop" (thread 1234, running for 12 ms); loop
///     "db": "query"
///
/// What becomes of the program stays what it was: the default action follows, with the same signal,
/// core and exit status, or the handler that the program had, under its own flags and mask. A
/// signal that is ignored stays ignored, and a handler that the program installs later wins. The
/// line is written once, by the first thread that crashes. A stack that overflows gives a line only
/// where the program gave the thread an alternate stack.
///
/// Lifetime: destroying it gives the signals back that are still ours. At most one in a process; a
/// forked child has none, unless it makes one.
class crash_line {
 public:
  crash_line();
  ~crash_line();
  crash_line(const crash_line&) = delete;
  crash_line& operator=(const crash_line&) = delete;
};

/// The line, with its line feed; returns its length. Async-signal-safe.
std::size_t describe_crash(int signal, std::span<char> out) noexcept;

}  // namespace asioscope::watchdog
