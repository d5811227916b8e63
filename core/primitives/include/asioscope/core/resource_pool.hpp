// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/error.hpp"
#include "asioscope/core/pool_options.hpp"
#include "asioscope/core/pooled.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <chrono>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

namespace asioscope::core {

/// Resources that are dear to make, such as connections: made when they are wanted, lent to one
/// user at a time, kept as long as they are good.
///
/// First come, first served: what is given back, made or found good goes to the first in line. A
/// cancelled wait does not cancel what is being made for it: the next in line gets that, or it
/// waits for the next user. When one cannot be made, the one who waits for it fails with what
/// `create` threw (`last_failure`), and nobody else; the next attempt is made after a pause.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`. Handlers and hooks are never invoked
/// from within a member function; no lock is held while they run.
/// Cancellation: terminal, partial and total end the wait with `operation_aborted`.
/// Lifetime: `pooled` handles may outlive the pool. Its destructor ends all waits with
/// `operation_aborted`, and what is idle; the rest ends as it comes back. A pool that keeps
/// something has a timer, and so its context has work, until it is closed.
/// Source: construction apart from acquisition as in jackc/puddle; lifetime, bypass, keepalive and
/// leak detection as in HikariCP.
template <class T, class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_resource_pool {
  using state = detail::pool_state<T, Executor, Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using value_type = T;
  using hooks = pool_hooks<T, Executor>;
  using pooled = basic_pooled<T, Executor, Sync, Clock>;
  using acquire_signature = void(error_code, pooled);

  template <class Other>
  struct rebind_executor {
    using other = basic_resource_pool<T, Other, Sync, Clock>;
  };

  /// Makes nothing yet.
  /// \param name under which it is seen (resource.hpp); empty: not at all
  /// \throws config_error
  basic_resource_pool(const Executor& executor, hooks what, const pool_options& options = {},
                      std::string name = {})
      : state_(new state(executor, std::move(what), options, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_resource_pool(
      Context& context, hooks what, const pool_options& options = {}, std::string name = {})
      : basic_resource_pool(Executor(context.get_executor()), std::move(what), options,
                            std::move(name)) {}

  basic_resource_pool(basic_resource_pool&&) noexcept = default;
  basic_resource_pool& operator=(basic_resource_pool&& other) noexcept {
    if (state_ != nullptr) state_->abandon();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_resource_pool() {
    if (state_ != nullptr) state_->abandon();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// One that is there and known to be good, at once; or none, also when others wait for one.
  pooled try_acquire(call_site site = call_site::here()) noexcept {
    return state_->try_acquire(site);
  }

  /// Waits for one. Errors: `closed`, `operation_aborted`, `timed_out` (making it took longer than
  /// allowed), the code of the system_error that `create` threw, `create_failed` for any other.
  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire(Token&& token = {}, call_site site = call_site::here()) {
    return async_acquire_until(detail::never<Clock>, std::forward<Token>(token), site);
  }

  /// Until then, or with the error `timed_out`.
  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_until(typename Clock::time_point deadline, Token&& token = {},
                           call_site site = call_site::here()) {
    return boost::asio::async_initiate<Token, acquire_signature>(
        typename state::initiate_acquire(state_), token, deadline, site);
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_for(typename Clock::duration timeout, Token&& token = {},
                         call_site site = call_site::here()) {
    return async_acquire_until(detail::after<Clock>(timeout), std::forward<Token>(token), site);
  }

  /// Waits until there are `min_size`, or fails like `async_acquire` as soon as one cannot be made.
  template <boost::asio::completion_token_for<void(error_code)> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_warm_up(Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        typename state::initiate_warm_up(state_), token, detail::never<Clock>,
        detail::pool_warm_up());
  }

  /// None of those that there are now is lent again: those in use end when they come back.
  void evict() { state_->evict(); }

  /// Nobody gets any: those who wait, and those who come, get `closed`. May be called again.
  void close() { state_->close(); }
  bool is_closed() const { return state_->is_closed(); }

  /// Closes, and waits until all have come back and are destroyed.
  template <boost::asio::completion_token_for<void(error_code)> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_close(Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        typename state::initiate_close(state_), token, detail::never<Clock>, detail::pool_close());
  }

  /// `timed_out`: somebody still has one.
  template <boost::asio::completion_token_for<void(error_code)> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_close_for(typename Clock::duration timeout, Token&& token = {}) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        typename state::initiate_close(state_), token, detail::after<Clock>(timeout),
        detail::pool_close());
  }

  /// Waits of others end with `operation_aborted`.
  void cancel() { state_->cancel_all(); }

  pool_stats stats() const { return state_->stats(); }

  /// What `create` threw last; null: nothing yet.
  std::exception_ptr last_failure() const { return state_->last_failure(); }

 private:
  detail::state_ptr<state> state_;
};

template <class T>
using resource_pool = basic_resource_pool<T>;

template <class T>
using pooled = typename resource_pool<T>::pooled;

}  // namespace asioscope::core
