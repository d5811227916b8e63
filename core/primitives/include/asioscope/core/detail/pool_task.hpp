// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/deadline_timer.hpp"
#include "asioscope/core/detail/shared_state.hpp"
#include "asioscope/core/detail/spawned.hpp"
#include "asioscope/core/task_pool_options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// Tells the gathering of all results from the wait for the next.
struct all_of_them {};

template <class T, class Id, class Executor, class Sync, class Clock>
class task_pool_state;

/// A task of a pool, without what it does.
template <class T, class Id, class Executor, class Sync, class Clock>
class pool_task {
 public:
  using state = task_pool_state<T, Id, Executor, Sync, Clock>;
  using executor_type = coroutine_executor<Executor, Sync>;

  explicit pool_task(submit_options<Id>&& options)
      : id(options.id.has_value() ? std::move(*options.id) : Id()),
        has_id(options.id.has_value()),
        priority(options.priority),
        timeout_(options.timeout) {}
  pool_task(const pool_task&) = delete;
  pool_task& operator=(const pool_task&) = delete;
  virtual ~pool_task() = default;

  /// It is about to be started. A task that is queued has no strand, which must not outlive its
  /// execution context.
  void prepare(const Executor& executor) {
    coroutine_ =
        std::make_shared<spawned<executor_type>>(make_coroutine_executor<Executor, Sync>(executor));
  }

  virtual void start(const state_ptr<state>& pool) = 0;
  void cancel() { coroutine_->cancel(); }

  // The pool's, under its lock.
  Id id;
  const bool has_id;
  const int priority;
  std::uint64_t sequence = 0;

 protected:
  std::chrono::nanoseconds timeout_;
  std::shared_ptr<spawned<executor_type>> coroutine_;
};

/// An awaitable made a function that gives it.
template <class T, class Executor>
auto task_function(boost::asio::awaitable<T, Executor>&& task) {
  return [task = std::move(task)]() mutable { return std::move(task); };
}

template <class Function>
Function&& task_function(Function&& function) {
  return std::forward<Function>(function);
}

template <class Function>
using task_function_t =
    std::decay_t<decltype(task_function(std::declval<std::decay_t<Function>&&>()))>;

template <class Function, class T, class Id, class Executor, class Sync, class Clock>
class pool_task_of final
    : public pool_task<T, Id, Executor, Sync, Clock>,
      public std::enable_shared_from_this<pool_task_of<Function, T, Id, Executor, Sync, Clock>> {
  using base = pool_task<T, Id, Executor, Sync, Clock>;
  using awaitable_executor = typename std::invoke_result_t<Function&>::executor_type;
  static_assert(std::is_same_v<typename std::invoke_result_t<Function&>::value_type, T>,
                "a task of this pool must return what the pool was made for");
  static_assert(std::is_convertible_v<typename base::executor_type, awaitable_executor>,
                "coroutines of a pool run on strands of its executor, with null_mutex on the "
                "executor itself: their awaitable must be for that or for any_io_executor");

 public:
  pool_task_of(Function&& function, submit_options<Id>&& options)
      : base(std::move(options)), function_(std::move(function)) {}

  void start(const state_ptr<typename base::state>& pool) override {
    auto self = this->shared_from_this();
    if (this->timeout_.count() == 0) this->timeout_ = pool->timeout();
    this->coroutine_->start([self] { return run(self); },
                            [self, pool] { pool->finished(self, std::move(self->result_)); });
  }

 private:
  static boost::asio::awaitable<void, awaitable_executor> run(std::shared_ptr<pool_task_of> self) {
    self->limit_time();
    try {
      if constexpr (std::is_void_v<T>) {
        co_await std::invoke(self->function_);
        self->result_ = outcome<T>();
      } else {
        self->result_ = outcome<T>(co_await std::invoke(self->function_));
      }
    } catch (...) {
      self->result_ = outcome<T>(std::current_exception());
    }
    if (self->timer_.has_value()) self->timer_->cancel();
    if (self->too_late_ && self->result_.is_cancelled())
      self->result_ = error_code(errc::timed_out);
  }

  void limit_time() {
    if (this->timeout_.count() <= 0) return;
    timer_.emplace(this->coroutine_->executor(),
                   after<Clock>(std::chrono::ceil<typename Clock::duration>(this->timeout_)));
    timer_->async_wait([self = this->shared_from_this()](const error_code& error) {
      if (error) return;
      self->too_late_ = true;
      self->coroutine_->cancel_here();
    });
  }

  Function function_;
  bool too_late_ = false;
  outcome<T> result_{error_code(boost::asio::error::operation_aborted)};
  std::optional<boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                  typename base::executor_type>>
      timer_;
};

}  // namespace asioscope::core::detail
