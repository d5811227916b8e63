// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/thread_state.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace asioscope::recorder {

/// The run going on on a thread, all of it of one moment.
struct run_reading {
  ticks begin = 0;
  std::uint64_t sequence = 0;
  site_id site = 0;
  loop_id loop = 0;
  task_id task = 0;
};

/// Nothing: the thread is in no run, or one just ends or begins. Any thread, while that of the run
/// cannot go away.
inline std::optional<run_reading> read_run(const current_run& run) noexcept {
  run_reading result;
  result.begin = run.begin.load(std::memory_order_acquire);
  if (result.begin == 0) return std::nullopt;
  // Acquire keeps the check below behind these.
  result.sequence = run.sequence.load(std::memory_order_acquire);
  result.site = run.site.load(std::memory_order_acquire);
  result.loop = run.loop.load(std::memory_order_acquire);
  result.task = run.task.load(std::memory_order_acquire);
  const bool same = run.begin.load(std::memory_order_acquire) == result.begin &&
                    run.sequence.load(std::memory_order_relaxed) == result.sequence;
  return same ? std::optional(result) : std::nullopt;
}

/// Whether the calling thread is in a handler that is recorded.
inline bool in_run() noexcept {
  const thread_state* const thread = detail::this_thread_state;
  return thread != nullptr && thread->depth != 0;
}

}  // namespace asioscope::recorder
