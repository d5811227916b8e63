// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/pool_task.hpp"
#include "asioscope/core/detail/spawned.hpp"
#include "asioscope/core/detail/task_executor.hpp"
#include "asioscope/core/detail/task_list.hpp"
#include "asioscope/core/observer.hpp"
#include "asioscope/core/outcome.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// Nobody waits for the result of the task.
struct no_handler {
  template <class T>
  void operator()(outcome<T>&&) const noexcept {}
};

/// Who waits for the result of a task: kept until it is there, then posted.
template <class Handler, class Executor>
class task_handler {
 public:
  task_handler(Handler handler, const Executor& executor)
      : handler_(std::move(handler)),
        executor_(executor),
        work_(boost::asio::prefer(boost::asio::get_associated_executor(handler_, executor),
                                  boost::asio::execution::outstanding_work.tracked)) {}

  const Handler& handler() const noexcept { return handler_; }

  template <class T>
  void operator()(outcome<T>&& result) {
    using results = std::tuple<outcome<T>>;
    const auto work = std::move(work_);
    post_to(work, executor_,
            completed<Handler, outcome<T>>(std::move(handler_), results(std::move(result))));
  }

 private:
  using tracked_executor = std::decay_t<decltype(boost::asio::prefer(
      std::declval<boost::asio::associated_executor_t<Handler, Executor>>(),
      boost::asio::execution::outstanding_work.tracked))>;

  Handler handler_;
  Executor executor_;
  tracked_executor work_;
};

/// A task of a monitor and what it does. Owned by the coroutine alone, and so gone with the
/// execution context at the latest; the monitor knows of it what is in its record.
template <class Function, class Handler, class State>
class monitored_task final
    : public cancellable,
      public std::enable_shared_from_this<monitored_task<Function, Handler, State>> {
  using awaitable_type = std::invoke_result_t<Function&>;
  using value_type = typename awaitable_type::value_type;
  using awaitable_executor = typename awaitable_type::executor_type;
  using inner_executor = typename State::coroutine_executor_type;
  using executor_type =
      executor_for_task<inner_executor, typename State::clock_type, awaitable_executor>;
  static_assert(std::is_convertible_v<executor_type, awaitable_executor>,
                "the coroutines of a monitor run on strands of its executor, with null_mutex on "
                "the executor itself: their awaitable must be for that or for any_io_executor");

 public:
  monitored_task(state_ptr<State> monitor, task_record_ptr record, Function&& function,
                 Handler&& handler)
      : monitor_(std::move(monitor)),
        record_(std::move(record)),
        function_(std::move(function)),
        handler_(std::move(handler)),
        coroutine_(std::make_shared<spawned<executor_type>>(executor())) {}

  monitored_task(const monitored_task&) = delete;
  monitored_task& operator=(const monitored_task&) = delete;

  ~monitored_task() {
    if (!ended_) monitor_->destroyed(*record_);
  }

  void start() {
    auto self = this->shared_from_this();
    coroutine_->start([self] { return run(self); }, [self] { self->end(); });
  }

  void cancel() override { coroutine_->cancel(); }

  /// Instead of `start`.
  void refuse() {
    ended_ = true;
    (*handler_)(outcome<value_type>(error_code(errc::closed)));
  }

  /// To whoever waits for the result.
  void listen_for_cancellation() {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_->handler());
    if (!slot.is_connected()) return;
    // Stays in the slot when the task has ended, and finds nobody then.
    slot.assign([task = this->weak_from_this()](boost::asio::cancellation_type type) {
      using boost::asio::cancellation_type;
      if ((type & (cancellation_type::terminal | cancellation_type::partial)) ==
          cancellation_type::none)
        return;
      if (const auto self = task.lock(); self != nullptr)
        self->monitor_->cancel_task(self->record_->id, call_site());
    });
  }

 private:
  executor_type executor() const {
    inner_executor inner = monitor_->make_executor();
    if constexpr (std::is_same_v<executor_type, inner_executor>)
      return inner;
    else
      return {std::move(inner), record_};
  }

  static boost::asio::awaitable<void, awaitable_executor> run(
      std::shared_ptr<monitored_task> self) {
    self->record_->has_begun.store(true, std::memory_order_relaxed);
    if (observer* const listener = current_observer())
      self->record_->observed_as.store(listener->current_task(), std::memory_order_relaxed);
    try {
      if constexpr (std::is_void_v<value_type>) {
        co_await std::invoke(self->function_);
        self->result_ = outcome<value_type>();
      } else {
        self->result_ = outcome<value_type>(co_await std::invoke(self->function_));
      }
    } catch (...) {
      self->result_ = outcome<value_type>(std::current_exception());
    }
  }

  void end() {
    ended_ = true;
    monitor_->ended(*record_, result_.has_value() ? nullptr : result_.exception());
    (*handler_)(std::move(result_));
    handler_.reset();
  }

  state_ptr<State> monitor_;
  task_record_ptr record_;
  Function function_;
  std::optional<Handler> handler_;
  std::shared_ptr<spawned<executor_type>> coroutine_;
  bool ended_ = false;
  outcome<value_type> result_{error_code(boost::asio::error::operation_aborted)};
};

}  // namespace asioscope::core::detail
