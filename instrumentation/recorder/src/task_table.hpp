// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/annotations.hpp"
#include "asioscope/recorder/task.hpp"

#include <cstdint>
#include <vector>

namespace asioscope::recorder {

/// A live task as it was read from its record.
struct live_task {
  task_id id;
  task_id parent;
  ticks spawned;
  ticks since;
  ticks busy;
  ticks scheduled;
  ticks longest;
  std::uint64_t runs;
  const await_link* innermost;
  const char* operation;
  std::uint32_t chain_version;
  site_id site;
  std::uint32_t loop;
};

std::vector<live_task> list_live_tasks();

/// Whether the await chain of a task is still as it was read: the same task, the same version.
bool is_same_chain(const live_task& task) noexcept;

/// What a task has said about itself; its place keeps the memory. Null: nothing, or no memory.
annotation_cell* task_annotations(task_id id) noexcept;
annotation_cell* make_task_annotations(task_id id) noexcept;

std::uint64_t task_overflow() noexcept;
std::size_t task_memory_bytes() noexcept;

}  // namespace asioscope::recorder
