// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/deadline_timer.hpp"
#include "asioscope/core/detail/invoke_guarded.hpp"
#include "asioscope/core/detail/invoke_within.hpp"
#include "asioscope/core/detail/retry_core.hpp"
#include "asioscope/core/detail/spawn_outcome.hpp"
#include "asioscope/core/outcome.hpp"
#include "asioscope/core/retry_options.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Nothing else says that a result was not good.
struct any_result_is_good {
  template <class Result>
  constexpr retry_decision operator()(const Result&) const noexcept {
    return false;
  }
};

/// How to try again; a copy is the same policy.
///
/// A failure is an exception, an error code (alone or as the first of a tuple), an `outcome`
/// without a value, or a result that a function of the user does not like. What the last attempt
/// ended with is what all ends with, unchanged.
///
/// Thread safety: any thread. The attempts run in the coroutine that waits for them.
/// Cancellation: ends the delay, or is passed on to the attempt, and there is no further one: all
/// ends with `operation_aborted`, whatever the attempt makes of it. So it does when an attempt ends
/// with `operation_aborted` by itself.
/// Lifetime: what has begun goes on without the policy.
/// Source: full, equal and decorrelated jitter as in "Exponential backoff and jitter" (AWS).
template <class Clock = std::chrono::steady_clock>
class basic_retry_policy {
 public:
  using clock_type = Clock;

  /// \param name under which it is seen (resource.hpp); empty: not at all
  /// \throws config_error
  basic_retry_policy(const retry_options& options, std::string name = {})  // NOLINT: is one
      : core_(std::make_shared<detail::retry_core>(options, std::move(name))) {}

  /// Calls a function that returns an `awaitable` until that went well. Nothing is thrown but by
  /// functions of the options.
  /// \param judge called with a result that nothing else is wrong with: whether to try again
  template <class Function, class Judge = any_result_is_good>
  detail::awaitable_outcome_of<Function> execute(Function function, Judge judge = {}) const {
    return run(core_, std::move(function), std::move(judge));
  }

  /// So many operations were begun, so many attempts made beyond the first, and so many operations
  /// ended with a failure that was worth another attempt.
  std::uint64_t operations() const noexcept { return core_->operations(); }
  std::uint64_t retries() const noexcept { return core_->retries(); }
  std::uint64_t exhausted() const noexcept { return core_->exhausted(); }

 private:
  using nanoseconds = std::chrono::nanoseconds;

  /// A coroutine of its own, which needs nothing of this object.
  template <class Function, class Judge>
  static detail::awaitable_outcome_of<Function> run(std::shared_ptr<detail::retry_core> core,
                                                    Function function, Judge judge) {
    using executor_type = typename std::invoke_result_t<Function&>::executor_type;
    using result = detail::outcome_of<Function>;
    const retry_options& options = core->options();
    const auto begin = Clock::now();
    const auto left = [&] {
      if (options.total_time == nanoseconds::max()) return nanoseconds::max();
      return options.total_time - std::chrono::duration_cast<nanoseconds>(Clock::now() - begin);
    };
    detail::retry_delays delays(options);
    core->began();
    for (std::size_t number = 1;; ++number) {
      result ended = co_await attempt(function, std::min(options.attempt_time, left()));
      // Here, and not in a coroutine of its own: that could not be waited for any more.
      const boost::asio::cancellation_state state =
          co_await boost::asio::this_coro::cancellation_state;
      if (state.cancelled() != boost::asio::cancellation_type::none)
        co_return failure{boost::asio::error::operation_aborted, nullptr};
      const std::optional<failure> wrong = detail::failure_of_call(ended);
      if (wrong.has_value() && is_cancellation(*wrong)) co_return ended;
      const failed_attempt failed{number, wrong.value_or(failure()),
                                  std::chrono::duration_cast<nanoseconds>(Clock::now() - begin)};
      const retry_decision decision =
          wrong.has_value() ? options.decide(failed) : decision_on(judge, ended);
      if (!wrong.has_value() && !decision.again()) {
        core->succeeded();
        co_return ended;
      }
      const std::optional<nanoseconds> delay = core->next(failed, decision, delays, left());
      if (!delay.has_value()) co_return ended;
      if (delay->count() > 0 && !co_await slept<executor_type>(*delay))
        co_return failure{boost::asio::error::operation_aborted, nullptr};
    }
  }

  template <class Function>
  static detail::awaitable_outcome_of<Function> attempt(Function& function, nanoseconds time) {
    return time == nanoseconds::max() ? detail::invoke_guarded(function)
                                      : detail::invoke_within<Clock>(function, time);
  }

  template <class Judge, class T>
  static retry_decision decision_on(Judge& judge, const outcome<T>& ended) {
    if constexpr (std::is_void_v<T>)
      return false;
    else
      return judge(ended.value());
  }

  template <class Executor>
  static boost::asio::awaitable<bool, Executor> slept(nanoseconds delay) {
    boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor> timer(
        co_await boost::asio::this_coro::executor,
        detail::after<Clock>(std::chrono::ceil<typename Clock::duration>(delay)));
    const auto [error] =
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>()));
    co_return !error;
  }

  std::shared_ptr<detail::retry_core> core_;
};

using retry_policy = basic_retry_policy<>;

namespace detail {

/// The value, or the exception; an operation that ends with an outcome still does.
template <class Clock, class Function, class Judge>
std::invoke_result_t<Function&> retried(basic_retry_policy<Clock> policy, Function function,
                                        Judge judge) {
  auto ended = co_await policy.execute(std::move(function), std::move(judge));
  if constexpr (is_outcome<result_of<Function>>)
    co_return ended;
  else
    co_return std::move(ended).value();
}

}  // namespace detail

/// Calls a function that returns an `awaitable`, again if need be, and ends with what the last call
/// ended with: what it returned, or the exception that it threw. See `basic_retry_policy`.
template <class Clock, class Function, class Judge = any_result_is_good>
auto retry(Function function, const basic_retry_policy<Clock>& policy, Judge judge = {}) {
  return detail::retried(policy, std::move(function), std::move(judge));
}

/// \throws config_error
template <class Clock = std::chrono::steady_clock, class Function, class Judge = any_result_is_good>
auto retry(Function function, const retry_options& options, Judge judge = {}) {
  return detail::retried(basic_retry_policy<Clock>(options), std::move(function), std::move(judge));
}

/// `basic_retry_policy::execute` in a coroutine of its own: `void(outcome<T>)`. Supports terminal
/// and partial cancellation.
template <class Executor, class Clock, class Function,
          boost::asio::completion_token_for<void(detail::outcome_of<Function>)> Token =
              boost::asio::default_completion_token_t<Executor>>
auto async_retry(const Executor& executor, Function function,
                 const basic_retry_policy<Clock>& policy, Token&& token = {}) {
  return detail::spawn_outcome(executor, policy.execute(std::move(function)),
                               std::forward<Token>(token));
}

/// A coroutine function that is called again if need be; see `retrying`.
template <class Function, class Clock, class Judge = any_result_is_good>
class retrying_function {
 public:
  retrying_function(Function function, basic_retry_policy<Clock> policy, Judge judge)
      : function_(std::move(function)), policy_(std::move(policy)), judge_(std::move(judge)) {}

  /// The arguments are copied or moved, as for a thread, and passed on as they are to each attempt;
  /// `std::ref` passes a reference.
  template <class... Arguments>
  auto operator()(Arguments&&... arguments) const {
    return detail::retried(
        policy_,
        [function = function_, all = std::tuple<std::decay_t<Arguments>...>(std::forward<Arguments>(
                                   arguments)...)]() { return std::apply(function, all); },
        judge_);
  }

 private:
  Function function_;
  basic_retry_policy<Clock> policy_;
  Judge judge_;
};

/// Wraps a function that returns an `awaitable`, so that each call is tried as the policy says.
template <class Function, class Clock, class Judge = any_result_is_good>
retrying_function<Function, Clock, Judge> retrying(Function function,
                                                   const basic_retry_policy<Clock>& policy,
                                                   Judge judge = {}) {
  return {std::move(function), policy, std::move(judge)};
}

/// \throws config_error
template <class Clock = std::chrono::steady_clock, class Function, class Judge = any_result_is_good>
retrying_function<Function, Clock, Judge> retrying(Function function, const retry_options& options,
                                                   Judge judge = {}) {
  return {std::move(function), basic_retry_policy<Clock>(options), std::move(judge)};
}

}  // namespace asioscope::core
