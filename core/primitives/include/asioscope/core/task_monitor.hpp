// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/task_monitor_state.hpp"
#include "asioscope/core/error.hpp"
#include "asioscope/core/task_monitor_options.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asioscope::core {

namespace detail {
class loop_core;
}

/// Runs coroutines that have names, and knows which run, for how long, from where, and how the
/// last ones ended.
///
/// A task is a function that returns an `awaitable<T>`, or such an awaitable. It is started on the
/// monitor's executor, never from within `spawn`; on a strand of its own, unless `Sync` is
/// `null_mutex`.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`: what is asked here is answered while
/// the loop is blocked, too. Where callbacks run: see the options.
/// Cancellation: `cancel` and `cancel_all` cancel with type terminal what the task waits for. A
/// wait with `async_join` is ended by each type with `operation_aborted`, the task of `async_spawn`
/// is cancelled by terminal and partial.
/// Lifetime: the destructor cancels the tasks and does not wait for them.
/// Source: the history, the cancellers and the looking from outside are as of aiomonitor, repeated
/// warnings as of tokio-console.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_task_monitor {
  using state = detail::task_monitor_state<Executor, Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using join_signature = void(error_code);

  template <class Other>
  struct rebind_executor {
    using other = basic_task_monitor<Other, Sync, Clock>;
  };

  /// \throws config_error
  explicit basic_task_monitor(const Executor& executor, task_monitor_options options = {},
                              std::string name = {})
      : state_(new state(executor, std::move(options), std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&>
  explicit basic_task_monitor(Context& context, task_monitor_options options = {},
                              std::string name = {})
      : basic_task_monitor(Executor(context.get_executor()), std::move(options), std::move(name)) {}

  basic_task_monitor(basic_task_monitor&&) noexcept = default;
  basic_task_monitor& operator=(basic_task_monitor&& other) noexcept {
    if (state_ != nullptr) state_->abandon();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_task_monitor() {
    if (state_ != nullptr) state_->abandon();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// Starts a task whose result nobody waits for. 0: the monitor is closed, it is not started.
  template <class Task>
  task_id spawn(std::string name, Task&& task, call_site where = call_site::here()) {
    return state_->spawn(std::move(name), function_of(std::forward<Task>(task)),
                         detail::no_handler(), where);
  }

  /// Starts a task and waits for its result: the signature is `void(outcome<T>)`. Errors: those of
  /// the task, `closed` (it was not started).
  template <class Task, class Token = boost::asio::default_completion_token_t<Executor>>
  auto async_spawn(std::string name, Task&& task, Token&& token = {},
                   call_site where = call_site::here()) {
    using function = decltype(function_of(std::forward<Task>(task)));
    using value_type = typename std::invoke_result_t<function&>::value_type;
    return boost::asio::async_initiate<Token, void(outcome<value_type>)>(
        initiate_spawn{state_}, token, std::move(name), function_of(std::forward<Task>(task)),
        where);
  }

  /// Those that run at this moment, the oldest first. In O(n), under a lock while pointers to them
  /// are copied.
  std::vector<task_info> running() const { return state_->running(); }

  /// Those that ended last, the oldest first.
  std::vector<ended_task> history() const { return state_->history(); }

  /// One that runs or is remembered.
  std::optional<task_info> find(task_id id) const { return state_->find(id); }

  task_monitor_counts counts() const { return state_->counts(); }

  /// False: there is no such task, or it has ended.
  bool cancel(task_id id, call_site where = call_site::here()) {
    return state_->cancel_task(id, where);
  }

  /// How many there were.
  std::size_t cancel_all(call_site where = call_site::here()) {
    return state_->cancel_tasks(where);
  }

  /// Waits until no task runs. Errors: `operation_aborted`, `timed_out`, and, for a task of this
  /// monitor, which would wait for itself, `resource_deadlock_would_occur`.
  template <boost::asio::completion_token_for<join_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_join(Token&& token = {}) {
    return async_join_until(detail::never<Clock>, std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<join_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_join_until(typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, join_signature>(typename state::initiate_join(state_),
                                                              token, deadline);
  }

  template <boost::asio::completion_token_for<join_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_join_for(typename Clock::duration timeout, Token&& token = {}) {
    return async_join_until(detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// Reports those that are slow by now, on the calling thread: how many. The monitor does that by
  /// itself, on its executor; this is for when that might be blocked.
  std::size_t report_slow() { return state_->report_slow(); }

  /// From now on no task is started; those that run go on. May be called again.
  void close() { state_->close(); }
  bool is_closed() const { return state_->is_closed(); }

 private:
  struct initiate_spawn {
    using executor_type = Executor;
    executor_type get_executor() const noexcept { return monitor->executor(); }

    template <class Handler, class Function>
    void operator()(Handler&& handler, std::string name, Function function, call_site where) const {
      monitor->spawn(std::move(name), std::move(function),
                     detail::task_handler<std::decay_t<Handler>, Executor>(
                         std::forward<Handler>(handler), monitor->executor()),
                     where);
    }

    detail::state_ptr<state> monitor;
  };

  template <class Task>
  static auto function_of(Task&& task) {
    return detail::task_function_t<Task>(
        detail::task_function(std::decay_t<Task>(std::forward<Task>(task))));
  }

  friend class detail::loop_core;
  const void* identity() const noexcept { return state_.get(); }

  detail::state_ptr<state> state_;
};

using task_monitor = basic_task_monitor<>;

/// The monitored task that the calling thread runs; 0: none.
inline task_id current_task_id() noexcept {
  const detail::task_record* const task = detail::current_task_record;
  return task == nullptr ? 0 : task->id;
}

/// Its name; empty: none.
inline std::string current_task_name() {
  const detail::task_record* const task = detail::current_task_record;
  return task == nullptr ? std::string() : task->name;
}

}  // namespace asioscope::core
