// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::schema {

/// What an event of the trace says.
enum class event_kind : std::uint8_t {
  run = 0,         ///< a handler ran: `time_ns` begin, `duration_ns`, `delay_ns`
  created = 1,     ///< an operation was created at `time_ns` by whatever ran on that thread
  unrun = 2,       ///< an operation was destroyed without running
  task_begin = 3,  ///< a task was spawned
  task_end = 4,    ///< a task ended at `time_ns`, `delay_ns`; `flags` holds its task_state
  span = 5,        ///< a scope was left: `time_ns` begin, `duration_ns`; stands at its end
  /// A task's wait for the resource `site` was over: `time_ns` its begin, `duration_ns`, `flags`
  /// its wait_outcome; stands at its end, on the thread that ended it.
  wait = 6,
  occurrence = 7,  ///< what `site` says happened to a resource at `time_ns`
};

/// Bits of event::flags for event_kind::run.
enum run_flag : std::uint8_t {
  run_flag_slow = 1,       ///< longer than the slow threshold
  run_flag_exception = 2,  ///< left by an exception
  run_flag_error = 4,      ///< called with an error code that is not a cancellation
  run_flag_cancelled = 8,  ///< called with operation_aborted
  run_flag_hop = 16,       ///< only queued the same handler again elsewhere
  run_flag_delay = 32,     ///< `delay_ns` is known
  run_flag_strand = 64,    ///< ran in a strand
};

/// One event, as it stands in the stream. Times are CLOCK_MONOTONIC nanoseconds of the program.
struct event {
  event_kind kind = event_kind::run;
  std::uint8_t flags = 0;
  std::uint32_t loop = 0;
  std::uint32_t site = 0;
  std::int64_t time_ns = 0;
  std::uint64_t duration_ns = 0;  ///< run, span, wait: how long
  std::uint64_t delay_ns = 0;     ///< run: ready → begin; task_end: spawn → end, 0 = unknown
  std::uint32_t task = 0;         ///< low 32 bits of the task's id, 0 = none
  /// run, created, unrun: pairs a run with the event of its creation. Unique only among the
  /// operations outstanding at one moment. 0 = unknown.
  std::uint32_t operation = 0;

  friend bool operator==(const event&, const event&) = default;
};

/// Events of one thread in the order in which they happened.
struct event_batch {
  std::uint32_t thread = 0;
  std::vector<event> events;

  friend bool operator==(const event_batch&, const event_batch&) = default;
};

/// A text that the program left in the trace.
struct text_message {
  std::uint32_t thread = 0;
  std::int64_t time_ns = 0;
  std::uint32_t loop = 0;
  std::uint32_t task = 0;  ///< low 32 bits of the task's id, 0 = none
  std::string text;

  friend bool operator==(const text_message&, const text_message&) = default;
};

/// Events of one thread that were overwritten before they could be read.
struct gap {
  std::uint32_t thread = 0;
  std::uint64_t count = 0;   ///< exactly how many
  std::int64_t from_ns = 0;  ///< time of the last event before the gap
  std::int64_t to_ns = 0;    ///< time of the first event after it

  friend bool operator==(const gap&, const gap&) = default;
};

/// A stretch of the trace.
struct trace {
  std::vector<event_batch> batches;
  std::vector<text_message> messages;
  std::vector<gap> gaps;
};

}  // namespace asioscope::schema
