// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/task_info.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace asioscope::core::detail {

/// What a monitored task can be asked to do.
class cancellable {
 public:
  virtual void cancel() = 0;

 protected:
  ~cancellable() = default;
};

/// What is known of a monitored task: nothing of the user's, so that anybody may destroy it.
struct task_record {
  // From its creation on.
  task_id id = 0;
  std::string name;
  task_id parent = 0;
  const void* monitor = nullptr;
  call_site location;
  call_stack stack;
  std::chrono::system_clock::time_point created_at;
  std::chrono::nanoseconds created{};  ///< by the monitor's clock
  bool measured = false;
  bool awaited = false;

  // Written by the thread that runs the task, read by any: each is true on its own.
  std::atomic<bool> has_begun{false};
  std::atomic<bool> is_running{false};
  std::atomic<std::uint64_t> runs{0};
  std::atomic<std::int64_t> busy{0};
  std::atomic<std::int64_t> longest{0};
  std::atomic<std::uint64_t> observed_as{0};

  // The task list's, under the monitor's lock.
  std::weak_ptr<cancellable> coroutine;
  boost::intrusive::list_member_hook<> in_time;
  unsigned reports = 0;    ///< as slow
  unsigned doublings = 0;  ///< of the time before the next report
  std::chrono::nanoseconds next_warning{};
  std::optional<task_canceller> cancelled_by;

  // When it has ended, under the same lock; never changed any more.
  task_outcome outcome{};
  std::chrono::nanoseconds ended{};
  error_code error;
  std::string what;
};

/// What the calling thread runs: the innermost task. Null: none.
inline constinit thread_local task_record* current_task_record = nullptr;

/// The last task that a thread began to run, for those who look at the thread from elsewhere.
struct latest_task {
  std::atomic<const void*> monitor{nullptr};
  std::atomic<task_id> id{0};
};
inline constinit thread_local latest_task latest_task_here;

/// \param cancelled_by  of the record, copied under the lock
/// \param until         now, or when it ended
task_info describe_task(const task_record& record, std::optional<task_canceller> cancelled_by,
                        std::chrono::nanoseconds until, bool has_ended);

/// How it ended, from what it threw. Null: it threw nothing.
struct task_end {
  explicit task_end(const std::exception_ptr& thrown);

  task_outcome outcome;
  error_code error;
  std::string what;
};

}  // namespace asioscope::core::detail
