// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/task_failure.hpp"
#include "asioscope/recorder/launch.hpp"
#include "asioscope/recorder/task.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <utility>

namespace asioscope::detail {

/// The bookkeeping of one task, from spawn to end. Ends as abandoned unless told otherwise.
class task_control {
 public:
  task_control() = default;
  task_control(task_control&& other) noexcept
      : ref_(other.ref_),
        loop_(other.loop_),
        spawned_(other.spawned_),
        name_(other.name_),
        live_(std::exchange(other.live_, false)),
        named_(other.named_) {}
  task_control& operator=(task_control&&) = delete;
  ~task_control() {
    if (live_) end(schema::task_state::abandoned);
    // The completion handler was called in this run, and may have thrown what it was given.
    if (failed_with_ != nullptr) [[unlikely]]
      expect_known_exception(failed_with_, was_thrown_);
  }

  /// A task with a known name.
  void spawn(recorder::loop_record& loop, recorder::site_id name) noexcept {
    start(loop);
    name_ = name;
    named_ = true;
    ref_ = recorder::spawn_task(loop, name);
  }

  /// A task that gets its name when it first runs.
  void spawn(recorder::loop_record& loop) noexcept {
    start(loop);
    ref_ = recorder::spawn_unnamed_task(loop);
  }

  [[nodiscard]] bool unnamed() const noexcept { return live_ && !named_; }
  void set_name(recorder::site_id name) noexcept {
    if (!unnamed()) return;
    name_ = name;
    named_ = true;
    recorder::name_task(ref_, *loop_, name);
  }

  /// It runs for the first time, perhaps within the run that launches it, or in none.
  void begin(recorder::thread_state& thread) noexcept {
    if (!ref_) return;
    if (thread.launching != nullptr)
      thread.launching->begin(ref_, spawned_);
    else
      ref_.record->since.store(recorder::task_record::resting, std::memory_order_relaxed);
  }

  /// A coroutine of the task starts, comes to another co_await, or ends.
  void push(const recorder::await_link& link) noexcept { recorder::push_await(ref_, link); }
  void move() noexcept { recorder::move_await(ref_); }
  void pop(const recorder::await_link& link) noexcept { recorder::pop_await(ref_, link); }

  [[nodiscard]] recorder::task_ref ref() const noexcept { return ref_; }
  [[nodiscard]] recorder::loop_record* loop() const noexcept { return loop_; }

  void finish() noexcept {
    if (live_) end(schema::task_state::done);
  }

  /// The exception being handled left the task. `cancelled`: the task had been asked to stop.
  void fail(bool cancelled) noexcept {
    if (!live_) return;
    if (cancelled || current_exception_is_cancellation()) return end(schema::task_state::cancelled);
    failed_with_ = current_exception_object();
    was_thrown_ = current_exception_was_thrown();
    exception_leaves_task(ref_.id, loop_->id);
    end(schema::task_state::failed);
  }

 private:
  void start(recorder::loop_record& loop) noexcept {
    loop_ = &loop;
    recorder::this_thread();  // the clock is ready from here on
    spawned_ = recorder::now_ticks();
    live_ = true;
  }

  void end(schema::task_state outcome) noexcept {
    if (!named_) set_name(recorder::site_of_task_name("(not begun)"));
    live_ = false;
    recorder::end_task(ref_, *loop_, name_, spawned_, outcome);
    ref_ = {};
  }

  recorder::task_ref ref_;
  recorder::loop_record* loop_ = nullptr;
  const void* failed_with_ = nullptr;  // the object that was thrown; never looked at
  recorder::ticks spawned_ = 0;
  recorder::site_id name_ = recorder::other_site;
  bool live_ = false;
  bool was_thrown_ = false;
  bool named_ = false;
};

/// The task that begins to run on this thread right now and may still be given a name.
inline constinit thread_local task_control* beginning_task = nullptr;

}  // namespace asioscope::detail
