// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/call_site.hpp"
#include "asioscope/core/error.hpp"
#include "asioscope/core/task_info.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::core {

enum class loop_state : std::uint8_t {
  ready,  ///< may be run, again
  running,
  stopping,  ///< a shutdown has begun
  closed,    ///< has been shut down, for ever
};

std::string_view to_string(loop_state state) noexcept;

/// A thread that runs a loop.
struct loop_thread_info {
  std::string name;
  std::optional<unsigned> cpu;  ///< it was to run on
  error_code pin_error;         ///< why it does not
  std::uint64_t handlers = 0;
  std::chrono::nanoseconds running_time{};  ///< of its handler; 0: none, or not in debug mode
};

/// Since the loop was made.
struct event_loop_counts {
  std::uint64_t handlers = 0;        ///< that ran by way of its executor
  std::uint64_t slow_callbacks = 0;  ///< in debug mode
  std::uint64_t stuck = 0;           ///< reports of handlers that did not return, in debug mode
  std::uint64_t exceptions = 0;      ///< but cancellations
  std::uint64_t cancellations = 0;   ///< that left a handler as exceptions
  std::uint64_t misuses = 0;         ///< in debug mode
};

/// An exception that left a handler or a task, and no cancellation.
struct loop_exception {
  std::string thread;
  std::optional<task_info> task;  ///< none: it was no task of the loop
};

/// A handler that kept a thread of the loop for too long.
struct slow_callback {
  std::chrono::nanoseconds time{};
  bool still_runs = false;  ///< it is stuck: seen from another thread
  std::string thread;
  std::optional<task_info> task;  ///< the last that it ran, if it ran any of the loop's
  std::uint64_t suppressed = 0;   ///< reports since the one before, as there were too many
};

/// What belongs to a loop was used where the loop does not run.
struct loop_misuse {
  std::string what;
  std::string thread;
  call_site location;
  std::uint64_t suppressed = 0;  ///< reports since the one before, as there were too many
};

/// Why a loop no longer runs.
enum class loop_end : std::uint8_t {
  finished,   ///< no work was left
  stopped,    ///< by `stop`
  failed,     ///< by an exception, as `after_exception::stop` says
  shut_down,  ///< in order: all work was done, or cancelled
  timed_out,  ///< shut down; when the deadline came, not all work was
  forced,     ///< shut down, and a second signal came before all work was done
};

std::string_view to_string(loop_end end) noexcept;

/// `"fetch" (7), suspended, … kept thread web-0 busy for 0.123 s`
std::string to_string(const slow_callback& callback);
std::string to_string(const loop_misuse& misuse);

struct loop_report {
  loop_end end{};
  std::vector<task_info> unfinished;  ///< tasks that still ran
  /// Named primitives of the program in which somebody waited: `queue "jobs": 2 waiting`.
  std::vector<std::string> waiting;
  std::vector<slow_callback> stuck;  ///< handlers that did not return; only known in debug mode
  std::exception_ptr failure;        ///< of `failed`
};

/// Several lines: why it ended, and who did not finish.
std::string to_string(const loop_report& report);

}  // namespace asioscope::core
