// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/task.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::recorder {

/// Something rare that a recording thread says to whoever makes reports: a slow run or a failure.
/// A coroutine that an exception left: its code and name, and where it had come to, as in
/// await_link.
struct passed_place {
  const void* code = nullptr;
  const char* function = nullptr;
  std::uint64_t where = 0;
};
/// More than these are left out: those further out.
inline constexpr std::size_t most_passed_places = 32;

struct note {
  schema::report_kind kind = schema::report_kind::slow;
  std::uint32_t thread = 0;
  loop_id loop = 0;
  site_id site = 0;
  task_id task = 0;
  ticks begin = 0;
  ticks duration = 0;
  ticks delay = 0;
  std::string message;               ///< failure: the type of the exception
  std::string text;                  ///< failure: what(), not yet redacted
  std::uint64_t thread_cpu_ns = 0;   ///< slow: the thread's clock at the end; 0: not known
  std::vector<passed_place> places;  ///< failure of a task: innermost first
  std::string trace_id;
};

/// The same in words. May read symbols: not on a loop's thread.
std::vector<schema::await_place> describe(const std::vector<passed_place>& places);

/// Leaves a note. Never waits: when the box is being read or is full, the note is counted as
/// suppressed.
void leave_note(note&& value) noexcept;

/// Takes all notes, oldest first.
std::vector<note> take_notes();

/// Counts reports that were not delivered because of a rate limit.
void count_suppressed(std::uint64_t n) noexcept;

}  // namespace asioscope::recorder
