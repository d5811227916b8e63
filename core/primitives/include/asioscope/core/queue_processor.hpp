// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/queue_worker.hpp"
#include "asioscope/core/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Workers that process the items of a bounded queue, until one stops them and is told what
/// happened to every item.
///
/// Items can be pushed before the start; they are processed in the order in which they came. What
/// an item's processing throws concerns no other item and no worker. After a stop it can be
/// started again.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`. Workers run on strands of the
/// executor.
/// Cancellation: terminal, partial and total end a wait with `operation_aborted`: a push has given
/// nothing away then; a stop goes on. An item that is interrupted by a stop, or throws
/// `operation_aborted`, has not failed.
/// Lifetime: the destructor interrupts the workers and does not wait for them; the items are
/// destroyed.
/// Source: closing as of Python's asyncio.Queue.shutdown and Tokio's TaskTracker.
template <class T, class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_queue_processor {
  using state = detail::queue_processor_state<T, Executor, Sync, Clock>;

 public:
  using value_type = T;
  using executor_type = Executor;
  using clock_type = Clock;
  using report = stop_report<T>;
  using push_signature = void(error_code);
  using start_signature = void(error_code);
  using stop_signature = void(error_code, report);

  template <class Other>
  struct rebind_executor {
    using other = basic_queue_processor<T, Other, Sync, Clock>;
  };

  /// \throws config_error
  basic_queue_processor(const Executor& executor, const queue_processor_options& options,
                        std::shared_ptr<item_processor<T>> processor, std::string name = {})
      : state_(new state(executor, options, std::move(processor), std::move(name))) {}

  /// \param function called with `T&`, returns `awaitable<void>`
  template <class Function>
  requires std::is_invocable_r_v<boost::asio::awaitable<void>, Function&, T&> basic_queue_processor(
      const Executor& executor, const queue_processor_options& options, Function function,
      std::string name = {})
      : basic_queue_processor(executor, options,
                              std::make_shared<calls<Function>>(std::move(function)),
                              std::move(name)) {}

  template <class Context, class Processor>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_queue_processor(
      Context& context, const queue_processor_options& options, Processor processor,
      std::string name = {})
      : basic_queue_processor(Executor(context.get_executor()), options, std::move(processor),
                              std::move(name)) {}

  basic_queue_processor(basic_queue_processor&&) noexcept = default;
  basic_queue_processor& operator=(basic_queue_processor&& other) noexcept {
    if (state_ != nullptr) state_->abandon();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_queue_processor() {
    if (state_ != nullptr) state_->abandon();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// Starts the workers; after a stop that has not ended, when it has. Nothing, if they run.
  template <boost::asio::completion_token_for<start_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_start(Token&& token = {}) {
    return boost::asio::async_initiate<Token, start_signature>(
        typename state::initiate_start(state_), token, detail::never<Clock>,
        detail::begin_processing());
  }

  /// Ends the workers, and waits for that. No item is accepted from now on. When the deadline
  /// passes it becomes an `abort`; so does a stop under way, when a further one says so. What was
  /// paused goes on.
  template <boost::asio::completion_token_for<stop_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_stop(stop_mode mode, typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, stop_signature>(
        typename state::initiate_stop(state_), token, detail::never<Clock>, mode, deadline);
  }

  template <boost::asio::completion_token_for<stop_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_stop(stop_mode mode, typename Clock::duration deadline, Token&& token = {}) {
    return async_stop(mode, detail::after<Clock>(deadline), std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<stop_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_stop(stop_mode mode = stop_mode::drain, Token&& token = {}) {
    return async_stop(mode, detail::never<Clock>, std::forward<Token>(token));
  }

  /// False: it has been stopped, or there is no room; then the item is what it was.
  bool try_push(T&& item) { return state_->try_push(item); }
  bool try_push(const T& item) {
    T copy(item);
    return state_->try_push(copy);
  }

  /// Waits for room. Errors: `not_running` (it has been, or is, stopped), `operation_aborted`.
  template <boost::asio::completion_token_for<push_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_push(T item, Token&& token = {}) {
    return async_push_until(std::move(item), detail::never<Clock>, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<push_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_push_until(T item, typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, push_signature>(typename state::initiate_push(state_),
                                                              token, deadline, std::move(item));
  }

  template <boost::asio::completion_token_for<push_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_push_for(T item, typename Clock::duration timeout, Token&& token = {}) {
    return async_push_until(std::move(item), detail::after<Clock>(timeout),
                            std::forward<Token>(token));
  }

  /// Workers finish what they have, and take no other item.
  void pause() { state_->pause(true); }
  void resume() { state_->pause(false); }

  bool is_running() const { return state_->is_running(); }
  std::size_t pending() const { return state_->pending(); }
  std::size_t in_flight() const { return state_->in_flight(); }

 private:
  template <class Function>
  class calls final : public item_processor<T> {
   public:
    explicit calls(Function&& function) : function_(std::move(function)) {}
    boost::asio::awaitable<void> process_item(T& item) override {
      return std::invoke(function_, item);
    }

   private:
    Function function_;
  };

  detail::state_ptr<state> state_;
};

template <class T>
using queue_processor = basic_queue_processor<T>;

}  // namespace asioscope::core
