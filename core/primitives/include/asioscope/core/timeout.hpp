// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/invoke_within.hpp"
#include "asioscope/core/outcome.hpp"

#include <chrono>
#include <utility>

namespace asioscope::core {

/// Lets an operation take no longer than that: then it is cancelled, and has failed with
/// `timed_out` as soon as it has ended. What it has achieved by then counts.
///
/// Thread safety: any thread. In a loop that several threads run the coroutine must be in a strand,
/// as for every cancellation in Asio.
/// Cancellation: is passed on to the operation.
template <class Clock = std::chrono::steady_clock>
class basic_timeout {
 public:
  using clock_type = Clock;

  /// \throws config_error
  explicit basic_timeout(std::chrono::nanoseconds time) : time_(time) {
    require_config(time.count() > 0, "timeout.time", "must be greater than 0");
  }

  /// Calls a function that returns an `awaitable`; the outcome is what it returned or threw, or
  /// `timed_out`.
  template <class Function>
  detail::awaitable_outcome_of<Function> execute(Function function) const {
    return run(time_, std::move(function));
  }

 private:
  template <class Function>
  static detail::awaitable_outcome_of<Function> run(std::chrono::nanoseconds time,
                                                    Function function) {
    co_return co_await detail::invoke_within<Clock>(function, time);
  }

  std::chrono::nanoseconds time_;
};

using timeout = basic_timeout<>;

}  // namespace asioscope::core
