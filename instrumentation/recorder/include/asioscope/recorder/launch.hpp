// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/thread_state.hpp"

namespace asioscope::recorder {

/// A task is launched, and may begin at once: within the run that launches it. Lives on the stack
/// around that. From the task's begin until control is back, the run's time is the new task's, and
/// not that of the task which the run is charged to.
class launch {
 public:
  explicit launch(thread_state& thread) noexcept
      : thread_(thread),
        outer_(std::exchange(thread.launching, thread.depth != 0 ? this : nullptr)) {}
  launch(const launch&) = delete;
  launch& operator=(const launch&) = delete;
  ~launch() {
    thread_.launching = outer_;
    if (begun_ != 0) take_back();
  }

  /// The task begins now. `moment`: when it was spawned, which is a moment ago.
  void begin(task_ref task, ticks moment) noexcept {
    lender_ = std::exchange(thread_.share, {});
    owner_ = thread_.run.task.load(std::memory_order_relaxed);
    first_task_ = thread_.first_task;
    claimed_ = std::exchange(thread_.claimed, run_claim::taken);
    thread_.launching = nullptr;
    begun_ = moment;
    thread_.charge_from(task, moment);
  }

 private:
  void take_back() noexcept {
    const ticks now = now_ticks();
    if (thread_.share.record != nullptr) thread_.settle_task(now);
    thread_.share = lender_;
    thread_.share.lent += now - begun_;
    thread_.run.task.store(owner_, std::memory_order_relaxed);
    thread_.first_task = first_task_;
    thread_.claimed = claimed_;
  }

  thread_state& thread_;
  launch* const outer_;
  ticks begun_ = 0;  // 0: it has not, or not within this run
  // Of the run, set when it has begun.
  task_share lender_;
  task_id owner_;
  task_id first_task_;
  run_claim claimed_;
};

}  // namespace asioscope::recorder
