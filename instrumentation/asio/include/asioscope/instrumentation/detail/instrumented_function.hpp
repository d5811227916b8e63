// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/exception_filter.hpp"
#include "asioscope/instrumentation/detail/operation_traits.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <exception>
#include <type_traits>
#include <utility>

namespace asioscope::detail {

/// On whose account an executor runs things. Small, so that executors still fit into
/// any_io_executor.
struct attribution {
  recorder::loop_id loop = recorder::other_loop;
  recorder::site_id task_name = recorder::other_site;
  recorder::task_id task = 0;  // 0: no task

  friend bool operator==(const attribution&, const attribution&) = default;
};

/// Books one function submitted through an instrumented_executor: created when made, run when
/// called, unrun when destroyed uncalled. Moving it moves the duty.
class function_record {
 public:
  function_record(const attribution& account, recorder::site_id site) noexcept
      : loop_(&recorder::loop_by_id(account.loop)), task_(account.task), site_(site) {
    if (!recorder::recording()) return;
    recorder::thread_state& thread = recorder::this_thread();
    created_ = recorder::proper_stamp(recorder::now_ticks());
    thread.cells_of(*loop_).created[0].add(1);
  }
  function_record(function_record&& other) noexcept
      : loop_(std::exchange(other.loop_, nullptr)),
        task_(other.task_),
        site_(other.site_),
        created_(other.created_) {}
  function_record& operator=(function_record&&) = delete;
  ~function_record() {
    if (loop_ == nullptr) return;
    recorder::thread_state& thread = recorder::this_thread();
    if (created_ != recorder::no_stamp) thread.cells_of(*loop_).settled[0].add(1);
    recorder::count_unrun(thread, loop_->id, site_);
  }

  /// The function runs now. Use as a scope.
  class run {
   public:
    explicit run(function_record& record) noexcept { begin(record); }
    run(const run&) = delete;
    run& operator=(const run&) = delete;
    ~run() {
      if (thread_ != nullptr) end();
    }

   private:
    void begin(function_record& record) noexcept {
      recorder::loop_record& loop = *std::exchange(record.loop_, nullptr);
      if (record.created_ == recorder::no_stamp && !recorder::recording()) return;
      recorder::thread_state& thread = recorder::this_thread();
      thread.submits = false;
      recorder::loop_cells& cells = thread.cells_of(loop);
      if (record.created_ != recorder::no_stamp) cells.settled[0].add(1);
      if (!recorder::recording()) return;
      if (thread.depth != 0) {
        // The hooks recorded the operation that brought us here: it is the same handler.
        if (thread.by_hooks) return;
        nested_ = true;
        outer_ = thread.pause_run();
      }
      thread_ = &thread;
      task_ = record.task_;
      exceptions_ = std::uncaught_exceptions();
      recorder::note_runner(cells, thread);
      recorder::run_start start;
      start.cells = &cells;
      start.site = record.site_;
      start.ready = record.created_;
      start.ready_known = record.created_ > recorder::unknown_stamp;
      thread.last_end = 0;  // whether this thread waited in between is not known here
      thread.begin_run(start);
      thread.by_hooks = false;
      thread.hop_key = nullptr;
      if (record.task_ != 0) thread.charge(recorder::find_task(record.task_));
    }

    void end() noexcept {
      if (std::uncaught_exceptions() > exceptions_ && exception_leaves_run(*thread_, task_))
        thread_->flags |= schema::run_flag_exception;
      thread_->end_run();
      if (nested_) thread_->continue_run(outer_);
    }

    recorder::thread_state* thread_ = nullptr;
    recorder::task_id task_ = 0;
    int exceptions_ = 0;
    bool nested_ = false;
    recorder::thread_state::paused_run outer_;  // set when nested_
  };

 private:
  recorder::loop_record* loop_;  // null: booked, or moved from
  recorder::task_id task_;
  recorder::site_id site_;
  recorder::stamp created_ = recorder::no_stamp;
};

/// While a function is handed to the executor below: the operation that this one queues for it, if
/// any, only carries what is recorded already.
class submission_scope {
 public:
  submission_scope() noexcept : thread_(recorder::this_thread()) {
    thread_.submits = recorder::recording();
  }
  submission_scope(const submission_scope&) = delete;
  submission_scope& operator=(const submission_scope&) = delete;
  ~submission_scope() { thread_.submits = false; }

 private:
  recorder::thread_state& thread_;
};

/// The function object that an instrumented_executor hands to the executor below it.
template <class Function>
class instrumented_function {
 public:
  template <class F>
  instrumented_function(F&& function, const attribution& account)
      : function_(std::forward<F>(function)), record_(account, site_of(account)) {}
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): it is where the function's is
  instrumented_function(instrumented_function&&) = default;

  void operator()() {
    const function_record::run run(record_);
    ASIOSCOPE_TRY
    std::move(function_)();
    ASIOSCOPE_LET_GO
  }

 private:
  static recorder::site_id site_of(const attribution& account) noexcept {
    if (!recorder::recording()) return recorder::other_site;
    // Behind any_io_executor all functions have one type. Those of a task go under its name.
    if constexpr (std::is_same_v<Function, boost::asio::detail::executor_function>) {
      if (account.task_name != recorder::other_site)
        return recorder::handler_site_of_task(account.task_name);
    }
    return handler_site<Function>::anchor.get();
  }

  Function function_;
  function_record record_;
};

}  // namespace asioscope::detail
