// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/loop_accounts.hpp"

#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// What is run by an event loop, and that it is.
template <class Function>
class loop_function {
 public:
  template <class Given>
  loop_function(loop_accounts& loop, Given&& function)
      : loop_(&loop), function_(std::forward<Given>(function)) {}

  void operator()() {
    const loop_run run(*loop_);
    std::move(function_)();
  }

 private:
  loop_accounts* loop_;
  Function function_;
};

/// The executor of an event loop: passes everything on to that of its context, and knows what runs.
/// Lifetime: that of the context, as for the one inside.
template <class Inner>
class counting_executor {
 public:
  counting_executor(Inner inner, loop_accounts& loop) noexcept
      : inner_(std::move(inner)), loop_(&loop) {}

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute(loop_function<std::decay_t<Function>>(*loop_, std::forward<Function>(function)));
  }

  template <class Property>
  requires boost::asio::can_query<const Inner&, Property>::value decltype(auto) query(
      const Property& property) const
      noexcept(boost::asio::is_nothrow_query<const Inner&, Property>::value) {
    return boost::asio::query(inner_, property);
  }

  template <class Property>
  requires boost::asio::can_require<const Inner&, Property>::value auto require(
      const Property& property) const noexcept {
    return rebound(boost::asio::require(inner_, property));
  }

  template <class Property>
  requires boost::asio::can_prefer<const Inner&, Property>::value auto prefer(
      const Property& property) const noexcept {
    return rebound(boost::asio::prefer(inner_, property));
  }

  friend bool operator==(const counting_executor& a, const counting_executor& b) noexcept {
    return a.inner_ == b.inner_ && a.loop_ == b.loop_;
  }
  friend bool operator!=(const counting_executor& a, const counting_executor& b) noexcept {
    return !(a == b);
  }

 private:
  template <class Other>
  counting_executor<Other> rebound(Other other) const noexcept {
    return {std::move(other), *loop_};
  }

  Inner inner_;
  loop_accounts* loop_;
};

}  // namespace asioscope::core::detail
