// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/bulkhead_core.hpp"
#include "asioscope/core/detail/invoke_guarded.hpp"
#include "asioscope/core/detail/uncancelled.hpp"
#include "asioscope/core/outcome.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Lets so many operations run at a time, and so many wait for that; all others are refused at
/// once, so that one slow neighbour does not take everything.
///
/// Thread safety: any thread, unless `Sync` is `null_mutex`.
/// Cancellation: ends the wait, or is passed on to the operation.
/// Lifetime: what runs goes on without the bulkhead; who waits ends with `operation_aborted`.
/// Errors: `rejected` (too many run and wait), `timed_out` (waited too long), `closed`.
template <class Executor = boost::asio::any_io_executor, class Sync = std::mutex,
          class Clock = std::chrono::steady_clock>
class basic_bulkhead {
  using core = detail::bulkhead_core<Executor, Sync, Clock>;

 public:
  using executor_type = Executor;
  using clock_type = Clock;
  using permit = typename core::semaphore::permit;

  template <class Other>
  struct rebind_executor {
    using other = basic_bulkhead<Other, Sync, Clock>;
  };

  /// \param name under which it is seen (resource.hpp); empty: not at all
  /// \throws config_error
  basic_bulkhead(const Executor& executor, const bulkhead_options& options, std::string name = {})
      : core_(std::make_shared<core>(executor, options, std::move(name))) {}

  template <class Context>
  requires std::is_convertible_v<Context&, boost::asio::execution_context&> basic_bulkhead(
      Context& context, const bulkhead_options& options, std::string name = {})
      : basic_bulkhead(Executor(context.get_executor()), options, std::move(name)) {}

  basic_bulkhead(basic_bulkhead&&) noexcept = default;
  basic_bulkhead& operator=(basic_bulkhead&& other) noexcept {
    if (core_ != nullptr) core_->permits().cancel();
    core_ = std::move(other.core_);
    return *this;
  }
  ~basic_bulkhead() {
    if (core_ != nullptr) core_->permits().cancel();
  }

  executor_type get_executor() const noexcept { return core_->permits().get_executor(); }

  /// One operation may run as long as this is held; none: not now.
  permit try_acquire() { return core_->try_acquire(); }

  /// Calls a function that returns an `awaitable` when there is room; the outcome is what it
  /// returned or threw, or why it was not called.
  template <class Function>
  detail::awaitable_outcome_of<Function> execute(Function function) {
    return run(core_, std::move(function));
  }

  /// So many at a time from now on.
  /// \throws config_error
  void resize(std::size_t limit) { core_->permits().resize(limit); }

  /// From now on nothing is called; those who wait get `closed`. May be called again.
  void close() { core_->permits().close(); }
  bool is_closed() const { return core_->permits().is_closed(); }

  std::size_t limit() const { return core_->permits().limit(); }
  std::size_t available() const { return core_->permits().available(); }
  std::size_t waiting() const { return core_->permits().waiting(); }
  std::uint64_t rejected() const noexcept { return core_->rejected(); }

 private:
  /// A coroutine of its own, which needs nothing of this object.
  template <class Function>
  static detail::awaitable_outcome_of<Function> run(std::shared_ptr<core> shared,
                                                    Function function) {
    using executor_of_call = typename std::invoke_result_t<Function&>::executor_type;
    permit inside = shared->permits().try_acquire();
    if (!inside) {
      const auto place = shared->stand_in_line();
      if (!place)
        co_return failure{shared->permits().is_closed() ? errc::closed : errc::rejected, nullptr};
      auto [error, granted] = co_await shared->permits().async_acquire_for(
          1, shared->max_wait(),
          boost::asio::as_tuple(boost::asio::use_awaitable_t<executor_of_call>()));
      if (error) co_return failure{error, nullptr};
      inside = std::move(granted);
      // Both have happened. The next wait would throw.
      if (detail::was_cancelled(co_await boost::asio::this_coro::cancellation_state))
        co_return failure{boost::asio::error::operation_aborted, nullptr};
    }
    co_return co_await detail::invoke_guarded(function);
  }

  std::shared_ptr<core> core_;
};

using bulkhead = basic_bulkhead<>;

}  // namespace asioscope::core
