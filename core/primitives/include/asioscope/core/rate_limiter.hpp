// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/invoke_guarded.hpp"
#include "asioscope/core/detail/rate_limiter_state.hpp"
#include "asioscope/core/detail/uncancelled.hpp"
#include "asioscope/core/error.hpp"
#include "asioscope/core/reservation.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Lets so many through per period: a token bucket, full at first, with a line before it.
///
/// First come, first served. Who waits has taken nothing: to cancel is to leave the line, and those
/// behind move up. Each is served for the moment at which the tokens were there, so that a late
/// timer makes nobody slower. Integer arithmetic: nothing is rounded, the rate is kept for years,
/// and a clock that is set back changes nothing.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`. Handlers are never invoked from within
/// a member function.
/// Cancellation: terminal, partial and total end the wait with `operation_aborted`.
/// Lifetime: its destructor ends all waits with `operation_aborted`. Waits that are left when the
/// execution context is destroyed are destroyed with it.
/// Errors: `too_much` (more than the burst: at once), `timed_out` (it would not be in time: at
/// once, nothing is taken), `full` (too many wait), `closed`.
/// Source: the reservations of Go's x/time/rate; aiolimiter's line, but in order.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_rate_limiter {
  using state = detail::rate_limiter_state<Executor, Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using reservation = basic_reservation<Executor, Sync, Clock>;
  using acquire_signature = void(error_code);

  template <class Other>
  struct rebind_executor {
    using other = basic_rate_limiter<Other, Sync, Clock>;
  };

  /// \param name under which it is seen (resource.hpp); empty: not at all
  /// \throws config_error
  basic_rate_limiter(const Executor& executor, const rate_limiter_options& options,
                     std::string name = {})
      : state_(new state(executor, options, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_rate_limiter(
      Context& context, const rate_limiter_options& options, std::string name = {})
      : basic_rate_limiter(Executor(context.get_executor()), options, std::move(name)) {}

  basic_rate_limiter(basic_rate_limiter&&) noexcept = default;
  basic_rate_limiter& operator=(basic_rate_limiter&& other) noexcept {
    if (state_ != nullptr) state_->cancel_all();
    state_ = std::move(other.state_);
    return *this;
  }
  ~basic_rate_limiter() {
    if (state_ != nullptr) state_->cancel_all();
  }

  executor_type get_executor() const noexcept { return state_->executor(); }

  /// Tokens at once, or none: also when there are enough, but others wait for them.
  bool try_acquire(std::uint64_t count = 1) { return state_->try_acquire(count); }

  /// Waits for so many tokens.
  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire(std::uint64_t count, Token&& token = {}) {
    return async_acquire_until(count, detail::never<Clock>, std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire(Token&& token = {}) {
    return async_acquire(1, std::forward<Token>(token));
  }

  /// Only if that is possible until then; otherwise `timed_out` without waiting.
  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_until(std::uint64_t count, typename Clock::time_point deadline,
                           Token&& token = {}) {
    return boost::asio::async_initiate<Token, acquire_signature>(
        typename state::initiate_acquire(state_), token, detail::never<Clock>, count, deadline);
  }

  template <boost::asio::completion_token_for<acquire_signature> Token =
                boost::asio::default_completion_token_t<Executor>>
  auto async_acquire_for(std::uint64_t count, typename Clock::duration timeout,
                         Token&& token = {}) {
    return async_acquire_until(count, detail::after<Clock>(timeout), std::forward<Token>(token));
  }

  /// Waits for a token, and then for a function that returns an `awaitable`. The outcome is what
  /// that returned or threw, or the error of the wait.
  template <class Function>
  detail::awaitable_outcome_of<Function> execute(Function function) {
    return run(state_, std::move(function));
  }

  /// A place in the line, whose owner does the waiting.
  reservation reserve(std::uint64_t count = 1) {
    return reservation(state_, state_->reserve(count, detail::never<Clock>));
  }

  /// None, if the wait would be longer.
  reservation reserve_for(std::uint64_t count, typename Clock::duration timeout) {
    return reservation(state_, state_->reserve(count, detail::after<Clock>(timeout)));
  }

  /// How long one who comes now would wait; the maximum: for ever.
  std::chrono::nanoseconds retry_after(std::uint64_t count = 1) const {
    return state_->retry_after(count);
  }

  /// From now on. Tokens that are there stay. Who can no longer be in time gets `timed_out`.
  /// \throws config_error
  void set_rate(std::uint64_t rate, std::chrono::nanoseconds period) {
    state_->set_rate(rate, period);
  }

  /// From now on; who waits for more gets `too_much`.
  /// \throws config_error
  void set_burst(std::uint64_t burst) { state_->set_burst(burst); }

  /// Empties the bucket: the other side has said that it has enough.
  void drain() { state_->drain(); }

  /// Waits of others end with `operation_aborted`.
  void cancel() { state_->cancel_all(); }

  /// From now on nobody gets any: those who wait, and those who come, get `closed`. May be called
  /// again.
  void close() { state_->close(); }
  bool is_closed() const { return state_->is_closed(); }

  /// Whole tokens that nobody waits for.
  std::uint64_t available() const { return state_->available(); }
  std::uint64_t burst() const { return state_->bucket().burst(); }
  std::size_t waiting() const { return state_->waiting(); }

  /// Since it was made: acquisitions that were granted, those that were refused, and the time that
  /// the granted ones have waited, all told.
  std::uint64_t granted() const { return state_->granted(); }
  std::uint64_t rejected() const { return state_->rejected(); }
  std::chrono::nanoseconds waited() const { return state_->waited(); }

 private:
  /// A coroutine of its own, which needs nothing of this object.
  template <class Function>
  static detail::awaitable_outcome_of<Function> run(detail::state_ptr<state> shared,
                                                    Function function) {
    using token =
        boost::asio::use_awaitable_t<typename std::invoke_result_t<Function&>::executor_type>;
    const auto [error] = co_await boost::asio::async_initiate<const boost::asio::as_tuple_t<token>,
                                                              acquire_signature>(
        typename state::initiate_acquire(shared), boost::asio::as_tuple(token()),
        detail::never<Clock>, std::uint64_t{1}, detail::never<Clock>);
    if (error) co_return failure{error, nullptr};
    // Both have happened. The next wait would throw.
    if (detail::was_cancelled(co_await boost::asio::this_coro::cancellation_state))
      co_return failure{boost::asio::error::operation_aborted, nullptr};
    co_return co_await detail::invoke_guarded(function);
  }

  detail::state_ptr<state> state_;
};

using rate_limiter = basic_rate_limiter<>;

}  // namespace asioscope::core
