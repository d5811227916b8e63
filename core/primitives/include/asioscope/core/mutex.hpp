// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"
#include "asioscope/core/permit.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Lets one in at a time, over suspensions too: what a `std::mutex` must not be held across.
///
/// First come, first served, with hand-off as in `basic_semaphore`, whose rules on threads,
/// cancellation and lifetime hold here. The lock is given back when it goes, on whatever thread.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_mutex {
  using state = detail::semaphore_state<Executor, Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using lock_type = basic_permit<Executor, Sync, Clock>;
  using lock_signature = void(error_code, lock_type);

  template <class Other>
  struct rebind_executor {
    using other = basic_mutex<Other, Sync, Clock>;
  };

  /// \param name under which it is seen (resource.hpp); empty: not at all
  explicit basic_mutex(const Executor& executor, std::string name = {})
      : state_(new state(executor, resource_kind::mutex, 1, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&>
  explicit basic_mutex(Context& context, std::string name = {})
      : basic_mutex(Executor(context.get_executor()), std::move(name)) {}

  basic_mutex(basic_mutex&&) noexcept = default;
  basic_mutex& operator=(basic_mutex&& other) noexcept {
    if (state_ != nullptr) state_->cancel_all();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_mutex() {
    if (state_ != nullptr) state_->cancel_all();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// The lock, or one that holds nothing.
  lock_type try_lock() noexcept { return state_->try_acquire(1); }

  /// Waits for the lock. Errors: `operation_aborted`.
  template <boost::asio::completion_token_for<lock_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_lock(Token&& token = {}) {
    return async_lock_until(detail::never<Clock>, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<lock_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_lock_until(typename Clock::time_point deadline, Token&& token = {}) {
    return boost::asio::async_initiate<Token, lock_signature>(
        typename state::initiate_acquire(state_), token, deadline, std::size_t{1});
  }

  template <boost::asio::completion_token_for<lock_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_lock_for(typename Clock::duration timeout, Token&& token = {}) {
    return async_lock_until(detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// All waits end with `operation_aborted`.
  void cancel() { state_->cancel_all(); }

  bool is_locked() const { return state_->available() == 0; }
  std::size_t waiting() const { return state_->waiting(); }

 private:
  detail::state_ptr<state> state_;
};

using mutex = basic_mutex<>;

}  // namespace asioscope::core
