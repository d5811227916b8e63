// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/call_site.hpp"
#include "asioscope/core/call_stack.hpp"
#include "asioscope/core/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::core {

/// Of a monitored task: 1 of the first of a monitor, never used again; 0: none.
using task_id = std::uint64_t;

enum class task_state : std::uint8_t {
  created,    ///< it has not run yet
  running,    ///< on a thread, at this moment
  suspended,  ///< it waits
  ended,
};

std::string_view to_string(task_state state) noexcept;

/// Who asked a task to end, and was the first to do so.
struct task_canceller {
  call_site location;  ///< none: a cancellation slot, or a destructor
  task_id task = 0;    ///< of the same monitor; 0: it was no task
  call_stack stack;    ///< if stacks are kept
};

/// A task at one moment.
struct task_info {
  task_id id = 0;
  std::string name;
  task_id parent = 0;  ///< the task of the same monitor that spawned it; 0: none did
  task_state state{};
  std::chrono::nanoseconds running_time{};  ///< since it was created; in all, if it has ended
  std::chrono::system_clock::time_point created_at;
  call_site location;                          ///< where it was spawned
  call_stack stack;                            ///< from where, if stacks are kept
  std::uint64_t runs = 0;                      ///< how often it was begun and resumed
  std::chrono::nanoseconds busy{};             ///< in all of them, if runs are measured
  std::chrono::nanoseconds longest{};          ///< of them, if runs are measured
  std::optional<task_canceller> cancelled_by;  ///< somebody asked it to end, whatever it did then
  std::uint64_t observed_as = 0;               ///< the observer's number for it; 0: not known
};

/// `"fetch" (7), suspended, for 5.20 s, from main.cpp:12`
std::string to_string(const task_info& task);

enum class task_outcome : std::uint8_t {
  succeeded,
  failed,
  cancelled,  ///< it ended with `operation_aborted`, on request or not: see `cancelled_by`
  destroyed,  ///< its execution context went before it had ended
};

std::string_view to_string(task_outcome outcome) noexcept;

struct ended_task {
  task_info task;
  task_outcome outcome{};
  error_code error;      ///< `failed`: an exception that carries no code
  std::string what;      ///< the text of the exception
  bool awaited = false;  ///< somebody waited for its result, and was given that
};

}  // namespace asioscope::core
