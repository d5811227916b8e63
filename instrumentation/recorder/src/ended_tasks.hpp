// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/task.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asioscope::recorder {

struct ended_task {
  task_id id = 0;
  task_id parent = 0;
  ticks spawned = 0;
  ticks ended = 0;
  ticks busy = 0;
  ticks scheduled = 0;
  ticks longest = 0;
  std::uint64_t runs = 0;
  site_id site = 0;
  loop_id loop = 0;
  schema::task_state outcome = schema::task_state::done;
};

/// So many of the tasks that ended last are kept, and apart from them, so that they stay longer,
/// those that somebody will ask about: they failed, or had a slow run.
inline constexpr std::size_t ended_tasks_kept = 768;
inline constexpr std::size_t notable_tasks_kept = 256;

/// Never waits: a task whose end meets a reader is missing in this list only, not in the counters.
void keep_ended_task(const ended_task& task) noexcept;

/// In the order of their ends.
std::vector<ended_task> list_ended_tasks();

}  // namespace asioscope::recorder
