// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// The results of an operation of a coroutine with that executor, errors among them.
template <class Executor>
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>());

/// Runs a coroutine that has to put something in order before it ends: within, an operation that
/// is cancelled says so, and nothing throws because somebody has cancelled. It asks
/// `was_cancelled`.
template <class T, class Executor>
boost::asio::awaitable<T, Executor> orderly(boost::asio::awaitable<T, Executor> body) {
  namespace this_coro = boost::asio::this_coro;
  const bool before = co_await this_coro::throw_if_cancelled();
  co_await this_coro::throw_if_cancelled(false);
  std::exception_ptr thrown;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
      co_await this_coro::throw_if_cancelled(before);
      co_return;
    } else {
      T result = co_await std::move(body);
      co_await this_coro::throw_if_cancelled(before);
      co_return std::move(result);
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await this_coro::throw_if_cancelled(before);
  std::rethrow_exception(thrown);
}

inline bool was_cancelled(const boost::asio::cancellation_state& state) {
  return state.cancelled() != boost::asio::cancellation_type::none;
}

[[noreturn]] inline void throw_cancelled() {
  throw boost::system::system_error(boost::asio::error::operation_aborted);
}

}  // namespace asioscope::core::detail
