// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/event_loop_report.hpp"
#include "asioscope/core/task_monitor_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace asioscope::core {

/// What becomes of a loop when an exception left a handler, after `on_exception`.
enum class after_exception : std::uint8_t {
  go_on,
  stop,  ///< `run` or `join` return it
};

struct event_loop_options {
  std::size_t threads = 1;  ///< 0: one for each CPU that the process may use
  /// The n-th thread runs on the n-th of these CPUs, starting again at the first when there are
  /// more threads; empty: where the system wants. Linux.
  std::vector<unsigned> cpus{};
  /// Of its own threads: "NAME-0", "NAME-1"… ; empty: the name of the loop.
  std::string thread_name{};

  after_exception exceptions = after_exception::go_on;

  /// Shut the loop down, while it runs. A second one ends the shutdown at once, and gives them back
  /// the action that they had before.
  std::vector<int> signals{};
  /// At a shutdown tasks may go on for that long before they are cancelled…
  std::chrono::nanoseconds drain_for{0};
  /// …and the loop for that long, in all, before it is stopped.
  std::chrono::nanoseconds shutdown_within = std::chrono::seconds(10);

  /// Reports what keeps the loop waiting, and what is used in the wrong place.
  bool debug = false;
  std::chrono::nanoseconds slow_after = std::chrono::milliseconds(50);  ///< in debug mode
  /// In debug mode: a handler that has not returned by then is reported while it runs; again after
  /// twice that time, four times…  0: never.
  std::chrono::nanoseconds stuck_after = std::chrono::seconds(1);
  unsigned reports_per_minute = 5;  ///< of each kind; all are counted

  task_monitor_options tasks{};  ///< a failure goes to `on_exception`, too

  // Called without a lock, by the thread on which it is found out. What they throw is written to
  // stderr, as is what happened when they are not set.

  std::function<void(const std::exception_ptr& error, const loop_exception& where)> on_exception{};
  std::function<void(const slow_callback& callback)> on_slow{};
  std::function<void(const loop_misuse& misuse)> on_misuse{};
  /// In the loop, when a shutdown begins: to close what would go on for ever.
  std::function<void()> on_shutdown{};
  /// When a shutdown ends with work left: before the loop is stopped.
  std::function<void(const loop_report& report)> on_unfinished{};
};

}  // namespace asioscope::core
