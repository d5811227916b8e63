// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/invoke_guarded.hpp"
#include "asioscope/core/outcome.hpp"

#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Several policies around one operation, the first one outermost; see `compose`.
template <class... Policies>
class composed_policy {
 public:
  explicit composed_policy(std::shared_ptr<Policies>... all) : policies_(std::move(all)...) {}

  /// Calls a function that returns an `awaitable` as all the policies want it. May be called again
  /// for each attempt, but not at the same time.
  template <class Function>
  detail::awaitable_outcome_of<Function> execute(Function function) const {
    return run(policies_, std::make_shared<Function>(std::move(function)));
  }

 private:
  using policies = std::tuple<std::shared_ptr<Policies>...>;

  /// A coroutine of its own, which needs nothing of this object.
  template <class Function>
  static detail::awaitable_outcome_of<Function> run(policies all,
                                                    std::shared_ptr<Function> function) {
    co_return co_await layer<0>(all, function);
  }

  template <std::size_t Index, class Function>
  static detail::awaitable_outcome_of<Function> layer(const policies& all,
                                                      const std::shared_ptr<Function>& function) {
    if constexpr (Index == sizeof...(Policies))
      return detail::invoke_guarded(*function);
    else
      return std::get<Index>(all)->execute(
          [all, function] { return layer<Index + 1>(all, function); });
  }

  policies policies_;
};

namespace detail {

/// Its own, or that of somebody who lets it live long enough.
template <class Policy>
std::shared_ptr<std::remove_reference_t<Policy>> held(Policy&& policy) {
  if constexpr (std::is_lvalue_reference_v<Policy>)
    return {std::shared_ptr<void>(), &policy};
  else
    return std::make_shared<Policy>(std::forward<Policy>(policy));
}

}  // namespace detail

/// One policy of several, the first one outermost: compose(retry, breaker, limiter, bulkhead,
/// timeout) lets each attempt ask the breaker, and wait for the limiter. Whatever has `execute` of
/// a function is a policy.
///
/// Lifetime: policies that are passed by reference must outlive the result and its operations.
template <class... Policies>
composed_policy<std::remove_reference_t<Policies>...> compose(Policies&&... policies) {
  return composed_policy<std::remove_reference_t<Policies>...>(
      detail::held(std::forward<Policies>(policies))...);
}

}  // namespace asioscope::core
