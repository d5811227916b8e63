// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/rate_limiter.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace asioscope::core {

namespace detail {

/// A limiter that belongs to the loop of the first who uses it, and after the end of that loop to
/// the next one's.
template <class Clock>
class limiter_of_callers {
 public:
  using limiter = basic_rate_limiter<boost::asio::any_io_executor, std::mutex, Clock>;

  explicit limiter_of_callers(const rate_limiter_options& options) : options_(checked(options)) {}

  std::shared_ptr<limiter> get(const boost::asio::any_io_executor& executor) {
    const std::lock_guard lock(mutex_);
    if (limiter_ == nullptr || limiter_->is_closed())
      limiter_ = std::make_shared<limiter>(executor, options_);
    return limiter_;
  }

 private:
  rate_limiter_options options_;
  std::mutex mutex_;
  std::shared_ptr<limiter> limiter_;
};

}  // namespace detail

/// A coroutine function that is not called more often than a limiter allows; see `rate_limited`.
template <class Function, class Clock = std::chrono::steady_clock>
class rate_limited_function {
 public:
  rate_limited_function(Function function, const rate_limiter_options& options)
      : function_(std::move(function)),
        limiter_(std::make_shared<detail::limiter_of_callers<Clock>>(options)) {}

  /// Waits for its turn, and then for the function. The arguments are copied or moved, as for a
  /// thread; `std::ref` passes a reference.
  template <class... Arguments>
  auto operator()(Arguments&&... arguments) const {
    return call(function_, limiter_,
                std::decay_t<Arguments>(std::forward<Arguments>(arguments))...);
  }

 private:
  template <class... Arguments>
  using result = std::invoke_result_t<Function&, Arguments...>;

  /// A coroutine of its own, which needs nothing of this object.
  template <class... Arguments>
  static result<Arguments...> call(Function function,
                                   std::shared_ptr<detail::limiter_of_callers<Clock>> limiters,
                                   Arguments... arguments) {
    using executor = typename result<Arguments...>::executor_type;
    const auto limiter = limiters->get(co_await boost::asio::this_coro::executor);
    co_await limiter->async_acquire(boost::asio::use_awaitable_t<executor>());
    co_return co_await std::invoke(function, std::move(arguments)...);
  }

  Function function_;
  std::shared_ptr<detail::limiter_of_callers<Clock>> limiter_;
};

/// Wraps a function that returns an `awaitable`, so that it is called at most `rate` times per
/// period by all copies of the wrapper together.
///
/// Thread safety: any thread, as far as the function allows it.
/// Cancellation: while it waits for its turn, as `basic_rate_limiter::async_acquire`.
/// Lifetime: what has been called goes on without the wrapper. The limiter belongs to the loop that
/// calls first; when that is gone, to the one that calls next.
/// \throws config_error
template <class Clock = std::chrono::steady_clock, class Function>
rate_limited_function<std::decay_t<Function>, Clock> rate_limited(Function&& function,
                                                                  std::uint64_t rate,
                                                                  std::chrono::nanoseconds period) {
  return {std::forward<Function>(function), {.rate = rate, .period = period}};
}

/// The same with a burst that is not the rate.
/// \throws config_error
template <class Clock = std::chrono::steady_clock, class Function>
rate_limited_function<std::decay_t<Function>, Clock> rate_limited(
    Function&& function, const rate_limiter_options& options) {
  return {std::forward<Function>(function), options};
}

}  // namespace asioscope::core
