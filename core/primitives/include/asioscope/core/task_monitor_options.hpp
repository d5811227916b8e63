// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/task_info.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>

namespace asioscope::core {

struct task_monitor_options {
  /// A task that runs longer is reported, while it does; again after twice the time, four times…
  /// 0: never.
  std::chrono::nanoseconds slow_after = std::chrono::seconds(5);
  std::size_t history = 1'000;  ///< so many tasks that have ended are remembered
  bool stacks = false;          ///< keeps from where tasks are spawned and cancelled
  bool measure_runs = false;    ///< reads the clock before and after each run

  // Called without a lock, by the thread on which it is found out; what they throw is ignored.

  /// `times`: 1 at the first report of a task.
  std::function<void(const task_info& task, unsigned times)> on_slow{};
  /// Once for each task that failed. Cancelled is not failed.
  std::function<void(const ended_task& task, const std::exception_ptr& error)> on_failure{};
};

/// A monitor at one moment; all but the first since it was made.
struct task_monitor_counts {
  std::size_t running = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t destroyed = 0;
  std::uint64_t slow = 0;  ///< tasks that were reported as slow
};

}  // namespace asioscope::core
