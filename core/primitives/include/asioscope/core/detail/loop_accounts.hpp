// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/loop_rules.hpp"
#include "asioscope/core/detail/task_record.hpp"
#include "asioscope/core/event_loop_options.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::core::detail {

class loop_accounts;

/// A thread while it runs a loop.
struct alignas(64) loop_thread {
  // Written by that thread, read by any: each is true on its own.
  std::atomic<std::uint64_t> handlers{0};  ///< that it has run
  /// Of the handler that it runs, by the steady clock; 0: none. Only in debug mode.
  std::atomic<std::int64_t> run_began{0};

  const loop_accounts* loop = nullptr;
  loop_thread* outer = nullptr;  ///< the same thread, in a handler of another loop
  unsigned depth = 0;            ///< of handlers within handlers; the thread's own
  const latest_task* latest = nullptr;
  std::string name;
  std::optional<unsigned> cpu;
  error_code pin_error;
  stuck_rule stuck{std::chrono::nanoseconds(0)};  ///< the supervisor's
};

inline constinit thread_local loop_thread* current_loop_thread = nullptr;

/// What is counted of a loop, and told when it takes too long. Knows nothing of Asio.
class loop_accounts {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  explicit loop_accounts(const event_loop_options& options);
  loop_accounts(const loop_accounts&) = delete;
  loop_accounts& operator=(const loop_accounts&) = delete;

  bool debug() const noexcept { return debug_; }

  /// Of the steady clock.
  static nanoseconds now() noexcept { return std::chrono::steady_clock::now().time_since_epoch(); }

  /// Null: the calling thread is none of the loop's.
  loop_thread* thread_here() const noexcept {
    loop_thread* each = current_loop_thread;
    while (each != nullptr && each->loop != this)
      each = each->outer;
    return each;
  }

  /// The calling thread runs the loop from now on.
  void enter(loop_thread& self, std::string name);
  void leave(loop_thread& self) noexcept;

  /// A handler of the calling thread has ended that took longer than the threshold.
  virtual void was_slow(loop_thread& self, nanoseconds time) noexcept = 0;
  /// A handler of the loop runs on a thread that is none of the loop's.
  virtual void ran_elsewhere() noexcept = 0;

  nanoseconds slow_after() const noexcept { return slow_after_; }

  struct thread_view {
    loop_thread_info info;
    const void* monitor = nullptr;  ///< of the last task that it ran
    task_id task = 0;
    bool stuck_is_due = false;
  };

  /// \param look_for_stuck asks each thread's rule; for the supervisor
  std::vector<thread_view> threads(bool look_for_stuck = false) const;

  std::uint64_t handlers() const;

 protected:
  ~loop_accounts() = default;

 private:
  const bool debug_;
  const nanoseconds slow_after_;
  const nanoseconds stuck_after_;
  mutable std::mutex threads_mutex_;
  std::vector<loop_thread*> threads_;
  std::uint64_t handlers_before_ = 0;  ///< of threads that have left
};

/// While it lives the calling thread runs a handler of the loop.
class loop_run {
 public:
  explicit loop_run(loop_accounts& loop) noexcept : loop_(loop), thread_(current_loop_thread) {
    if (thread_ == nullptr || thread_->loop != &loop_) {
      thread_ = nullptr;
      if (loop_.debug() && loop_.thread_here() == nullptr) loop_.ran_elsewhere();
      return;
    }
    if (thread_->depth++ > 0) return;
    constexpr auto order = std::memory_order_relaxed;
    thread_->handlers.store(thread_->handlers.load(order) + 1, order);
    if (!loop_.debug()) return;
    latest_task_here.id.store(0, order);
    thread_->run_began.store(loop_accounts::now().count(), order);
  }
  loop_run(const loop_run&) = delete;
  loop_run& operator=(const loop_run&) = delete;

  ~loop_run() {
    if (thread_ == nullptr || --thread_->depth > 0 || !loop_.debug()) return;
    constexpr auto order = std::memory_order_relaxed;
    const loop_accounts::nanoseconds time =
        loop_accounts::now() - loop_accounts::nanoseconds(thread_->run_began.load(order));
    thread_->run_began.store(0, order);
    if (time > loop_.slow_after()) loop_.was_slow(*thread_, time);
  }

 private:
  loop_accounts& loop_;
  loop_thread* thread_;
};

}  // namespace asioscope::core::detail
