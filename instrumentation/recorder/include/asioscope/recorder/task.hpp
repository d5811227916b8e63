// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/site.hpp"
#include "asioscope/recorder/ticks.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <atomic>
#include <cstdint>

namespace asioscope::recorder {

/// Never reused; the low 24 bits are the place of the record. 0: no task.
using task_id = std::uint64_t;
inline constexpr unsigned task_index_bits = 24;

/// One coroutine of a task, kept in its promise: a link of the task's await chain. Written only by
/// the thread that runs the task; await_lister copies it with care.
struct await_link {
  const await_link* caller = nullptr;   ///< the coroutine that awaits this one; null: the first
  const void* code = nullptr;           ///< its resume function
  const char* function = nullptr;       ///< its name where the program has no symbols
  std::atomic<std::uint64_t> where{0};  ///< pack_place() of its latest co_await; 0: none yet

  /// File and line in one word, so that they belong together. Lines end at 65,535.
  static std::uint64_t pack_place(const char* file, std::uint32_t line) noexcept {
    return reinterpret_cast<std::uintptr_t>(file) << 16U | (line < 0xFFFF ? line : 0xFFFFU);
  }
};

/// A live task. Records stand in slabs that are never unmapped, so that a lister can read them at
/// any time without stopping anyone: it reads `id`, the fields, `id` again, and drops what changed
/// in between.
struct task_record {
  std::atomic<task_id> id{0};  ///< 0: free
  std::atomic<task_id> parent{0};
  std::atomic<ticks> spawned{0};
  /// Begin of the run going on; with `resting` set, the end of the last one, or 0 when it has begun
  /// outside of any. 0 alone: not begun.
  std::atomic<ticks> since{0};
  std::atomic<ticks> busy{0};  ///< without the run going on, and what others did within its runs
  /// Ready and not yet running, as far as that is known, without the time of a run.
  std::atomic<ticks> scheduled{0};
  std::atomic<ticks> longest{0};
  std::atomic<std::uint64_t> runs{0};
  /// The innermost coroutine of the await chain; null: not known.
  std::atomic<const await_link*> innermost{nullptr};
  /// What the latest operation of the present run was, such as "async_receive"; null: none.
  std::atomic<const char*> operation{nullptr};
  std::atomic<std::uint32_t> chain_version{0};  ///< counts the changes of the chain and its lines
  std::atomic<site_id> site{0};
  std::atomic<std::uint16_t> loop{0};

  static constexpr ticks resting = ticks{1} << 63U;
};
static_assert(sizeof(task_record) <= 96);

/// A reference to a task, small enough to be carried by executors and coroutine frames.
struct task_ref {
  task_record* record = nullptr;
  task_id id = 0;

  explicit operator bool() const noexcept { return id != 0; }
};

/// The await chain of a task changes: a coroutine starts, comes to another co_await, or ends (its
/// memory may be gone afterwards). On the thread that runs the task.
inline void move_await(task_ref task) noexcept {
  if (!task) return;
  auto& version = task.record->chain_version;
  version.store(version.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}
inline void push_await(task_ref task, const await_link& link) noexcept {
  if (!task) return;
  task.record->innermost.store(&link, std::memory_order_release);
  move_await(task);
}
inline void pop_await(task_ref task, const await_link& link) noexcept {
  if (!task || task.record->innermost.load(std::memory_order_relaxed) != &link) return;
  move_await(task);
  task.record->innermost.store(link.caller, std::memory_order_relaxed);
  // Whoever sees what becomes of the coroutine's memory sees the new version too.
  std::atomic_thread_fence(std::memory_order_release);
}

/// The task with this id, if it is still alive.
task_ref find_task(task_id id) noexcept;

/// A task starts to exist. Its parent is the task that runs on the calling thread.
/// A task that finds no place is counted all the same, but not listed (`record` null, `id` 0).
task_ref spawn_task(loop_record& loop, site_id name) noexcept;

/// The same for a task whose name will be known when it first runs: it is counted by name_task.
task_ref spawn_unnamed_task(loop_record& loop) noexcept;
void name_task(task_ref task, loop_record& loop, site_id name) noexcept;

/// A task ends with `outcome` (done, failed, cancelled or abandoned). Called once per task, with
/// the loop and name under which it was counted.
void end_task(task_ref task, loop_record& loop, site_id name, ticks spawned,
              schema::task_state outcome) noexcept;

}  // namespace asioscope::recorder
