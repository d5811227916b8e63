// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/breaker_call.hpp"
#include "asioscope/core/circuit_breaker_options.hpp"
#include "asioscope/core/detail/breaker_core.hpp"
#include "asioscope/core/detail/invoke_guarded.hpp"
#include "asioscope/core/detail/spawn_outcome.hpp"
#include "asioscope/core/outcome.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Stops calling what does not work: opens when too many of the last calls failed or were slow,
/// lets a few through after a time, and closes again when they went well.
///
/// A result counts only for the state in which its call was let through. The state changes when it
/// is used, never by being looked at. Rejection is a value, not an exception.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`. No lock is held while the operation,
/// `judge` or `on_transition` runs.
/// Cancellation: of a call is passed on to the operation, and is no failure of it.
/// Lifetime: calls may outlive the breaker.
/// Errors: `breaker_open`.
/// Source: states, windows and thresholds as in resilience4j; generations as in gobreaker.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_circuit_breaker {
  using core = detail::breaker_core<Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using call = basic_breaker_call<Sync, Clock>;

  template <class Other>
  struct rebind_executor {
    using other = basic_circuit_breaker<Other, Sync, Clock>;
  };

  /// \param executor where `async_execute` runs its operations
  /// \param name     under which it is seen (resource.hpp); empty: not at all
  /// \throws config_error
  basic_circuit_breaker(const Executor& executor, const circuit_breaker_options& options,
                        std::string name = {})
      : executor_(executor), core_(new core(options, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_circuit_breaker(
      Context& context, const circuit_breaker_options& options, std::string name = {})
      : basic_circuit_breaker(Executor(context.get_executor()), options, std::move(name)) {}

  executor_type get_executor() const noexcept { return executor_; }

  /// One call, if it may go: to be told how it was.
  call try_acquire() { return call(core_); }

  /// Calls a function that returns an `awaitable`, if that may be. The outcome is what it returned
  /// or threw, or the error `breaker_open`. An error code, alone or as the first of a tuple, and
  /// an `outcome` without a value are failures, too.
  template <class Function>
  detail::awaitable_outcome_of<Function> execute(Function function) {
    return run(core_, std::move(function), [](const auto&) { return verdict::success; });
  }

  /// The same for results that say themselves how it was.
  /// \param judge called with the result, if nothing else is wrong with it, returns a `verdict`
  template <class Function, class Judge>
  detail::awaitable_outcome_of<Function> execute(Function function, Judge judge) {
    return run(core_, std::move(function), std::move(judge));
  }

  /// `execute` on the executor of the breaker. Supports terminal and partial cancellation.
  template <class Function, boost::asio::completion_token_for<void(detail::outcome_of<Function>)>
                                Token = boost::asio::default_completion_token_t<Executor>>
  auto async_execute(Function function, Token&& token = {}) {
    return detail::spawn_outcome(executor_, execute(std::move(function)),
                                 std::forward<Token>(token));
  }

  /// Looking does not change it: an open one is open until somebody comes after its time.
  breaker_state state() const {
    return core_->looking([](const auto& machine) { return machine.state(); });
  }

  /// How long until it may let somebody through; the maximum: not by itself.
  std::chrono::nanoseconds retry_after() const {
    return core_->looking([](const auto& machine) { return machine.retry_after(core::now()); });
  }

  /// From 0 to 1, of the calls that are looked at; less than 0: too few to say.
  double failure_rate() const {
    return core_->looking([](const auto& machine) { return machine.failure_rate(core::now()); });
  }
  double slow_rate() const {
    return core_->looking([](const auto& machine) { return machine.slow_rate(core::now()); });
  }
  /// How many those are.
  std::uint64_t counted_calls() const {
    return core_->looking([](const auto& machine) { return machine.counts(core::now()).calls; });
  }
  std::uint64_t rejected() const {
    return core_->looking([](const auto& machine) { return machine.all().rejected; });
  }

  /// From now on it is in that state. False: there is no way to it from the present one: from
  /// `closed` to `half_open`, and from `metrics_only` to `open` and `half_open`.
  bool go_to(breaker_state next) {
    return core_->changing([&](auto& machine) { return machine.go_to(next, core::now()); });
  }

  /// Open for so long: the other side has said when to come again.
  bool open_for(std::chrono::nanoseconds time) {
    return core_->changing([&](auto& machine) { return machine.open_for(time, core::now()); });
  }

  /// Closed, and as if nothing had been called.
  void reset() {
    core_->changing([](auto& machine) {
      machine.reset(core::now());
      return 0;
    });
  }

 private:
  /// A coroutine of its own, which needs nothing of this object.
  template <class Function, class Judge>
  static detail::awaitable_outcome_of<Function> run(boost::intrusive_ptr<core> shared,
                                                    Function function, Judge judge) {
    call one(shared);
    if (!one) co_return failure{errc::breaker_open, nullptr};
    auto ended = co_await detail::invoke_guarded(function);
    if (const std::optional<failure> wrong = detail::failure_of_call(ended))
      one.fail(*wrong);
    else
      one.report(detail::judged(judge, ended));
    co_return ended;
  }

  Executor executor_;
  boost::intrusive_ptr<core> core_;
};

using circuit_breaker = basic_circuit_breaker<>;

}  // namespace asioscope::core
