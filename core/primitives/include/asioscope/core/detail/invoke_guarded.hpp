// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/failure.hpp"
#include "asioscope/core/outcome.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

template <class T>
inline constexpr bool is_outcome = false;
template <class T>
inline constexpr bool is_outcome<outcome<T>> = true;

template <class T>
inline constexpr bool begins_with_error = false;
template <class... More>
inline constexpr bool begins_with_error<std::tuple<error_code, More...>> = true;

/// What is wrong with a result: an error code, alone or the first of a tuple, says that itself.
/// Nothing: it is a result like any other.
template <class Result>
std::optional<failure> failure_in(const Result& result) {
  if constexpr (std::is_same_v<Result, error_code>) {
    if (result) return failure{result, nullptr};
  } else if constexpr (begins_with_error<Result>) {
    if (std::get<0>(result)) return failure{std::get<0>(result), nullptr};
  }
  return std::nullopt;
}

template <class T>
struct flattened {
  using type = outcome<T>;
};
template <class T>
struct flattened<outcome<T>> {
  using type = outcome<T>;
};

/// What a coroutine function ends with.
template <class Function>
using result_of = typename std::invoke_result_t<Function&>::value_type;

/// How a call of it ended: an outcome that it ends with itself is that.
template <class Function>
using outcome_of = typename flattened<result_of<Function>>::type;

/// With that, a coroutine that calls it ends.
template <class Function>
using awaitable_outcome_of =
    boost::asio::awaitable<outcome_of<Function>,
                           typename std::invoke_result_t<Function&>::executor_type>;

/// Calls it and waits for it; what it throws, also before it first waits, is in the outcome.
template <class Function>
awaitable_outcome_of<Function> invoke_guarded(Function& function) {
  using result = outcome_of<Function>;
  try {
    if constexpr (std::is_void_v<result_of<Function>>) {
      co_await std::invoke(function);
      co_return result();
    } else if constexpr (is_outcome<result_of<Function>>) {
      co_return co_await std::invoke(function);
    } else {
      co_return result(co_await std::invoke(function));
    }
  } catch (...) {
    co_return result(failure_of(std::current_exception()));
  }
}

/// What is wrong with how a call ended, if anything is.
template <class T>
std::optional<failure> failure_of_call(const outcome<T>& ended) {
  if (!ended.has_value()) return ended.what();
  if constexpr (std::is_void_v<T>)
    return std::nullopt;
  else
    return failure_in(ended.value());
}

/// The verdict of a function of the user on a result; what it throws is a failure.
template <class Judge, class T>
verdict judged(Judge& judge, const outcome<T>& ended) noexcept {
  try {
    if constexpr (std::is_void_v<T>)
      return verdict::success;
    else
      return judge(ended.value());
  } catch (...) {
    return verdict::failure;
  }
}

}  // namespace asioscope::core::detail
