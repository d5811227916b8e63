// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/task_pool_state.hpp"
#include "asioscope/core/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asioscope::core {

/// Runs coroutines, so many at a time, and keeps what became of each.
///
/// A task is a function that returns an `awaitable<T>`, or such an awaitable. It is started on the
/// pool's executor, never from within `submit`; on a strand of its own, unless `Sync` is
/// `null_mutex`. What it throws, also before it first waits, is its result.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`.
/// Cancellation: terminal, partial and total end a wait with `operation_aborted`. A submission that
/// ended with an error did not start its task; a gathering, or a wait for the next result, that did
/// has taken none. Tasks are cancelled with `cancel_task` and `cancel_tasks`: what they wait for is
/// cancelled with type terminal.
/// Lifetime: the destructor cancels the tasks and does not wait for them.
/// Source: the window of folly's collectAllTryWindowed, pause, resize and priority as of p-queue,
/// results as of Tokio's JoinSet.
template <class T = void, class Id = std::uint64_t, class Executor = boost::asio::any_io_executor,
          class Sync = std::mutex, class Clock = std::chrono::steady_clock>
class basic_task_pool {
  using state = detail::task_pool_state<T, Id, Executor, Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using id_type = Id;
  using result = task_result<T, Id>;
  using submit_signature = void(error_code, Id);
  using next_signature = void(error_code, std::optional<result>);
  using gather_signature = void(error_code, std::vector<result>);

  template <class Other>
  struct rebind_executor {
    using other = basic_task_pool<T, Id, Other, Sync, Clock>;
  };

  /// \throws config_error
  basic_task_pool(const Executor& executor, const task_pool_options& options, std::string name = {})
      : state_(new state(executor, options, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_task_pool(
      Context& context, const task_pool_options& options, std::string name = {})
      : basic_task_pool(Executor(context.get_executor()), options, std::move(name)) {}

  basic_task_pool(basic_task_pool&&) noexcept = default;
  basic_task_pool& operator=(basic_task_pool&& other) noexcept {
    if (state_ != nullptr) state_->abandon();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_task_pool() {
    if (state_ != nullptr) state_->abandon();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// False: it would have to wait, or is refused.
  template <class Task>
  bool try_submit(Task&& task, submit_options<Id> options = {}) {
    auto made = make(std::forward<Task>(task), std::move(options));
    return state_->try_submit(made);
  }

  /// Waits until the task is taken: to run at once, or to be queued. Gives its id. Errors:
  /// `closed`, `duplicate` (a task with this id has not ended), `rejected` (after a failure),
  /// `operation_aborted`.
  template <class Task, boost::asio::completion_token_for<submit_signature> Token =
                            boost::asio::default_completion_token_t<Executor>>
  auto async_submit(Task&& task, submit_options<Id> options, Token&& token = {}) {
    return async_submit_until(std::forward<Task>(task), std::move(options), detail::never<Clock>,
                              std::forward<Token>(token));
  }

  template <class Task, boost::asio::completion_token_for<submit_signature> Token =
                            boost::asio::default_completion_token_t<Executor>>
  auto async_submit(Task&& task, Token&& token = {}) {
    return async_submit(std::forward<Task>(task), submit_options<Id>(), std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`: then the task has not been taken. Once it is, the
  /// deadline means nothing to it.
  template <class Task, boost::asio::completion_token_for<submit_signature> Token =
                            boost::asio::default_completion_token_t<Executor>>
  auto async_submit_until(Task&& task, submit_options<Id> options,
                          typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, submit_signature>(
        typename state::initiate_submit(state_), token, deadline,
        make(std::forward<Task>(task), std::move(options)));
  }

  template <class Task, boost::asio::completion_token_for<submit_signature> Token =
                            boost::asio::default_completion_token_t<Executor>>
  auto async_submit_for(Task&& task, submit_options<Id> options, typename Clock::duration timeout,
                        Token&& token = {}) {
    return async_submit_until(std::forward<Task>(task), std::move(options),
                              detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// The next result: in order of submission after all of those before it. None: all that were
  /// submitted have ended, and their results have been taken.
  template <boost::asio::completion_token_for<next_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_next(Token&& token = {}) {
    return async_next_until(detail::never<Clock>, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<next_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_next_until(typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, next_signature>(typename state::initiate_next(state_),
                                                              token, deadline);
  }

  template <boost::asio::completion_token_for<next_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_next_for(typename Clock::duration timeout, Token&& token = {}) {
    return async_next_until(detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// The next result if it is there.
  std::optional<result> try_next() { return state_->try_next(); }

  /// Waits until no task runs, is queued or waits to be submitted, and takes all results in order.
  /// May be called again.
  template <boost::asio::completion_token_for<gather_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_gather(Token&& token = {}) {
    return async_gather_until(detail::never<Clock>, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`: then it has taken no result, and the tasks go on.
  template <boost::asio::completion_token_for<gather_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_gather_until(typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, gather_signature>(
        typename state::initiate_gather(state_), token, deadline, detail::all_of_them());
  }

  template <boost::asio::completion_token_for<gather_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_gather_for(typename Clock::duration timeout, Token&& token = {}) {
    return async_gather_until(detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// False: there is no such task, or it has ended. One that is queued ends at once.
  bool cancel_task(const Id& id) { return state_->cancel_task(id); }
  void cancel_tasks() { state_->cancel_tasks(); }

  /// Those that run go on; no other is started.
  void pause() { state_->pause(true); }
  void resume() { state_->pause(false); }

  /// So many at a time from now on; when more run, they may finish.
  /// \throws config_error
  void resize(std::size_t concurrency) { state_->resize(concurrency); }

  /// From now on nothing can be submitted; who waits to do so gets `closed`. What was submitted
  /// runs, and its results can be taken. May be called again.
  void close() { state_->close(); }
  bool is_closed() const { return state_->is_closed(); }

  task_pool_counts counts() const { return state_->counts(); }

 private:
  template <class Task>
  typename state::task_ptr make(Task&& task, submit_options<Id>&& options) {
    static_assert(std::is_integral_v<Id> || std::is_default_constructible_v<Id>);
    using function = detail::task_function_t<Task>;
    return std::make_shared<detail::pool_task_of<function, T, Id, Executor, Sync, Clock>>(
        detail::task_function(std::decay_t<Task>(std::forward<Task>(task))), std::move(options));
  }

  detail::state_ptr<state> state_;
};

template <class T = void, class Id = std::uint64_t>
using task_pool = basic_task_pool<T, Id>;

}  // namespace asioscope::core
