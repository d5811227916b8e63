// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/task.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace asioscope {
class scope;
}

/// What the program says about what it is doing (annotate.hpp), as the recorder keeps it.
namespace asioscope::recorder {

struct thread_state;

/// Kept for a task, or for the run that goes on on a thread. Written by the thread that runs them,
/// read by any; its memory is never given back.
struct annotation_cell {
  std::atomic<std::uint64_t> owner{0};  ///< the task's id, or the sequence of the thread's run
  /// Odd while the cell is being written, and another one whenever what was read from it before may
  /// be nothing any more (a seqlock: H.-J. Boehm, "Can seqlocks get along with programming language
  /// memory models?", 2012).
  std::atomic<std::uint32_t> version{0};
  std::atomic<const scope*> innermost{nullptr};
  std::array<std::atomic<std::uint64_t>, 6> trace_id{};  ///< its text, with zeros behind it
};

struct annotations {
  std::vector<std::string> scopes;  ///< outermost first
  std::string trace_id;
};

/// The trace id of a task; 0: of what runs on the calling thread without one, or ran last.
std::string trace_id_of_run(const thread_state& thread, std::uint64_t task) noexcept;

/// Those of a task, or of a run of a thread. Any thread; nothing when others have taken their
/// place.
annotations annotations_of(task_id task);
annotations annotations_of(std::uint32_t thread, std::uint64_t run_sequence);

/// A task that is being spawned works for the same trace as its parent.
void inherit_annotations(task_id parent, task_id child) noexcept;

}  // namespace asioscope::recorder
