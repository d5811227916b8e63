// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/instrumented_function.hpp"
#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/task.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace asioscope {

/// An executor that records what is submitted through it and passes everything on to `Inner`.
///
/// Takes the place of `Inner` wherever an executor goes: post, dispatch, defer, co_spawn, timers
/// and sockets, any_io_executor, work guards, bind_executor, strands. To record the handlers of a
/// strand, wrap the strand, not what is below it. Made by asioscope::instrument.
///
/// What it cannot see: operations on I/O objects that were made on the bare execution context, and
/// the moment a timer or socket became ready: a completion is recorded from the moment it is
/// submitted. The hooks see both.
///
/// Thread safety: that of `Inner`. Lifetime: that of `Inner`; recording needs no context to be
/// alive. Errors: none of its own. Cost: one small object per submitted function, no allocation.
template <class Inner>
class instrumented_executor {
 public:
  using inner_executor_type = Inner;

  instrumented_executor() requires std::is_default_constructible_v<Inner>
  = default;

  /// Implicit: any_io_executor, make_strand and rebind_executor convert. The loop is that of the
  /// context of `inner`.
  template <class Other>
  requires(!std::is_same_v<std::decay_t<Other>, instrumented_executor> &&
           std::is_convertible_v<Other, Inner>)
      instrumented_executor(Other&& inner)  // NOLINT(bugprone-forwarding-reference-overload)
      : inner_(std::forward<Other>(inner)), account_{detail::loop_of_executor(inner_).id} {}

  template <class Other>
  requires(std::is_convertible_v<const Other&, Inner> && !std::is_same_v<Other, Inner>)
      instrumented_executor(  // NOLINT(google-explicit-constructor)
          const instrumented_executor<Other>& other)
  noexcept : inner_(other.inner()), account_(other.account()) {}

  instrumented_executor(Inner inner, const detail::attribution& account) noexcept
      : inner_(std::move(inner)), account_(account) {}

  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] const detail::attribution& account() const noexcept { return account_; }

  template <class Property>
  requires(boost::asio::can_query<const Inner&, Property>::value) decltype(auto)
      query(const Property& property) const
      noexcept(boost::asio::is_nothrow_query<const Inner&, Property>::value) {
    return boost::asio::query(inner_, property);
  }

  template <class Property>
  requires(boost::asio::can_require<const Inner&, Property>::value) auto require(
      const Property& property) const
      noexcept(boost::asio::is_nothrow_require<const Inner&, Property>::value) {
    return with(boost::asio::require(inner_, property));
  }

  template <class Property>
  requires(boost::asio::can_prefer<const Inner&, Property>::value) auto prefer(
      const Property& property) const
      noexcept(boost::asio::is_nothrow_prefer<const Inner&, Property>::value) {
    return with(boost::asio::prefer(inner_, property));
  }

  template <class Function>
  void execute(Function&& function) const {
    detail::instrumented_function<std::decay_t<Function>> recorded(std::forward<Function>(function),
                                                                   account_);
    const detail::submission_scope scope;
    inner_.execute(std::move(recorded));
  }

  friend bool operator==(const instrumented_executor& a, const instrumented_executor& b) noexcept {
    return a.inner_ == b.inner_ && a.account_ == b.account_;
  }
  friend bool operator!=(const instrumented_executor& a, const instrumented_executor& b) noexcept {
    return !(a == b);
  }

 private:
  template <class Result>
  auto with(Result&& inner) const noexcept {
    return instrumented_executor<std::decay_t<Result>>(std::forward<Result>(inner), account_);
  }

  Inner inner_;
  detail::attribution account_;
};

template <class Inner>
instrumented_executor(Inner) -> instrumented_executor<Inner>;

/// Records what is submitted through the result. `name` names the loop, that is, the execution
/// context of `executor`, in metrics and the viewer; without it the loop keeps its name.
///
/// Thread safety: any thread. Errors: throws std::bad_alloc.
template <class Executor>
requires(!std::is_convertible_v<Executor&, boost::asio::execution_context&>)
    instrumented_executor<Executor> instrument(const Executor& executor,
                                               std::string_view name = {}) {
  detail::watch_executor(executor, name);
  return instrumented_executor<Executor>(executor);
}

/// The same for the executor of an execution context.
template <class Context>
requires(std::is_convertible_v<Context&, boost::asio::execution_context&>) auto instrument(
    Context& context, std::string_view name = {}) {
  return instrument(context.get_executor(), name);
}

}  // namespace asioscope
