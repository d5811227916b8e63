// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"
#include "asioscope/core/permit.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>

namespace asioscope::core {

/// Lets so many in at a time.
///
/// First come, first served: one that wants many is not overtaken by those that want few, and what
/// is given back goes to the first in line before anybody else can take it. A cancelled operation
/// has taken nothing.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`. Handlers are never invoked from within
/// a member function.
/// Cancellation: terminal, partial and total end the wait with `operation_aborted`.
/// Lifetime: permits may outlive the semaphore; its destructor ends all waits with
/// `operation_aborted`. Waits that are left when the execution context is destroyed are destroyed
/// with it.
/// Source: FIFO with hand-off as in Go's x/sync/semaphore and Tokio's batch semaphore.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_semaphore {
  using state = detail::semaphore_state<Executor, Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using permit = basic_permit<Executor, Sync, Clock>;
  using acquire_signature = void(error_code, permit);

  template <class Other>
  struct rebind_executor {
    using other = basic_semaphore<Other, Sync, Clock>;
  };

  /// \param permits how many there are: at least 1
  /// \param name    under which it is seen (resource.hpp); empty: not at all
  /// \throws config_error
  basic_semaphore(const Executor& executor, std::size_t permits, std::string name = {})
      : state_(new state(executor, resource_kind::semaphore, permits, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_semaphore(
      Context& context, std::size_t permits, std::string name = {})
      : basic_semaphore(Executor(context.get_executor()), permits, std::move(name)) {}

  basic_semaphore(basic_semaphore&&) noexcept = default;
  basic_semaphore& operator=(basic_semaphore&& other) noexcept {
    if (state_ != nullptr) state_->cancel_all();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_semaphore() {
    if (state_ != nullptr) state_->cancel_all();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// Permits at once, or none: also when there are enough, but others wait for them.
  permit try_acquire(std::size_t count = 1) noexcept { return state_->try_acquire(count); }

  /// Waits for so many permits. Errors: `closed`, `too_much` (more than there are in all),
  /// `operation_aborted`.
  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire(std::size_t count, Token&& token = {}) {
    return boost::asio::async_initiate<Token, acquire_signature>(
        typename state::initiate_acquire(state_), token, detail::never<Clock>, count);
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire(Token&& token = {}) {
    return async_acquire(1, std::forward<Token>(token));
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_until(std::size_t count, typename Clock::time_point deadline,
                           Token&& token = {}) {
    return boost::asio::async_initiate<Token, acquire_signature>(
        typename state::initiate_acquire(state_), token, deadline, count);
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_for(std::size_t count, typename Clock::duration timeout, Token&& token = {}) {
    return async_acquire_until(count, detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// Waits of others end with `operation_aborted`.
  void cancel() { state_->cancel_all(); }

  /// From now on nobody gets any: those who wait, and those who come, get `closed`. Permits that
  /// are out may be given back. May be called again.
  void close() { state_->close(); }
  bool is_closed() const { return state_->is_closed(); }

  /// So many from now on. When there are fewer than are out, those who hold them may finish.
  /// \throws config_error
  void resize(std::size_t permits) { state_->resize(permits); }

  std::size_t limit() const { return state_->limit(); }
  /// Free ones; those who wait may be about to get them.
  std::size_t available() const { return state_->available(); }
  std::size_t waiting() const { return state_->waiting(); }

 private:
  detail::state_ptr<state> state_;
};

using semaphore = basic_semaphore<>;

}  // namespace asioscope::core
