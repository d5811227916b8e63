// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/resource_pool.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <type_traits>
#include <utility>

namespace asioscope::core {

/// Borrows one, calls `function(T&)`, which returns an awaitable, and gives it back when that is
/// over: with a result, with an exception, or because it was cancelled. Throws a `system_error`
/// when there is none to borrow.
///
/// Lifetime: the pool may go as soon as the resource has been borrowed; the function is kept.
template <class T, class Executor, class Sync, class Clock, class Function>
auto with_resource(basic_resource_pool<T, Executor, Sync, Clock>& pool, Function function,
                   call_site site = call_site::here()) -> std::invoke_result_t<Function&, T&> {
  const auto mine = co_await pool.async_acquire(boost::asio::use_awaitable_t<Executor>(), site);
  co_return co_await function(*mine);
}

}  // namespace asioscope::core
