// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/uncancelled.hpp"
#include "asioscope/core/task_pool.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace asioscope::core {

namespace detail {

template <class Range>
using iterator_of = decltype(std::begin(std::declval<Range&>()));

/// An element of the range as a call holds it: a reference, where that stays one to this element.
template <class Range, class Reference = decltype(*std::declval<iterator_of<Range>&>())>
using held_element = std::conditional_t<std::is_lvalue_reference_v<Reference> &&
                                            std::forward_iterator<iterator_of<Range>>,
                                        Reference, std::remove_cvref_t<Reference>>;

template <class Function, class Argument>
struct call_with {
  Function* function;
  Argument argument;
  auto operator()() { return std::invoke(*function, static_cast<Argument&&>(argument)); }
};

/// Waits for all, also when it is cancelled: then the tasks are, and waited for.
template <class Executor, class Pool>
boost::asio::awaitable<std::vector<typename Pool::result>, Executor> gather_orderly(Pool& pool) {
  for (;;) {
    if (was_cancelled(co_await boost::asio::this_coro::cancellation_state)) pool.cancel_tasks();
    auto [error, results] = co_await pool.async_gather(as_result<Executor>);
    if (!error) co_return std::move(results);
  }
}

template <class Executor, class Range, class Function>
boost::asio::awaitable<void, Executor> for_each_orderly(Range& range, std::size_t limit,
                                                        Function& function) {
  using pool_type = basic_task_pool<void, std::uint64_t, Executor>;
  pool_type pool(co_await boost::asio::this_coro::executor,
                 {.concurrency = limit,
                  .order = result_order::completion,
                  .max_results = std::numeric_limits<std::size_t>::max(),
                  .cancel_on_error = true});
  std::exception_ptr first;
  const auto look_at = [&first](const typename pool_type::result& done) {
    if (first == nullptr && !done.result.is_cancelled()) first = done.result.exception();
  };
  try {
    for (auto&& each : range) {
      using call = call_with<Function, held_element<Range>>;
      // Not within the expression that waits: g++ 12 would destroy it twice.
      call next{&function, std::forward<decltype(each)>(each)};
      const auto [error, id] = co_await pool.async_submit(std::move(next), as_result<Executor>);
      while (const auto done = pool.try_next())
        look_at(*done);
      if (error || was_cancelled(co_await boost::asio::this_coro::cancellation_state)) break;
    }
  } catch (...) {  // of the range
    first = std::current_exception();
    pool.cancel_tasks();
  }
  for (const auto& done : co_await gather_orderly<Executor>(pool))
    look_at(done);
  if (first != nullptr) std::rethrow_exception(first);
  if (was_cancelled(co_await boost::asio::this_coro::cancellation_state)) throw_cancelled();
}

template <class Executor, class T, class Range>
boost::asio::awaitable<std::vector<outcome<T>>, Executor> gather_range_orderly(Range& range,
                                                                               std::size_t limit) {
  using pool_type = basic_task_pool<T, std::uint64_t, Executor>;
  pool_type pool(co_await boost::asio::this_coro::executor,
                 {.concurrency = limit, .max_results = std::numeric_limits<std::size_t>::max()});
  for (auto&& each : range) {
    co_await pool.async_submit(std::move(each), as_result<Executor>);
    if (was_cancelled(co_await boost::asio::this_coro::cancellation_state)) break;
  }
  std::vector<outcome<T>> outcomes;
  for (auto& done : co_await gather_orderly<Executor>(pool))
    outcomes.push_back(std::move(done.result));
  if (was_cancelled(co_await boost::asio::this_coro::cancellation_state)) throw_cancelled();
  co_return std::move(outcomes);
}

}  // namespace detail

/// Calls `function(element)`, which returns an `awaitable<void>`, for each element, so many at a
/// time. An element is taken from the range when there is room for its call.
///
/// The first exception, in time, cancels the others and is thrown when they have ended.
/// Thread safety: calls run on strands of the coroutine's executor: at the same time, if several
/// threads run that.
/// Cancellation: terminal, and what else the coroutine has enabled, ends the calls, which are
/// waited for.
/// Lifetime: range and function are held by value: give a view of what is big.
/// \throws config_error when `limit` is 0
template <class Range, class Function,
          class Awaitable = std::invoke_result_t<Function&, detail::held_element<Range>>,
          class Executor = typename Awaitable::executor_type>
boost::asio::awaitable<void, Executor> async_for_each(Range range, std::size_t limit,
                                                      Function function) {
  static_assert(std::is_void_v<typename Awaitable::value_type>);
  co_await detail::orderly(detail::for_each_orderly<Executor>(range, limit, function));
}

/// Runs all functions of the range, each of which returns an `awaitable<T>`, so many at a time.
/// What became of them is in the order of the range; a failure concerns no other.
/// Cancellation, Lifetime: as of `async_for_each`.
/// \throws config_error when `limit` is 0
template <class Range, class Element = std::remove_cvref_t<detail::held_element<Range>>,
          class Awaitable = std::invoke_result_t<detail::task_function_t<Element>&>,
          class T = typename Awaitable::value_type,
          class Executor = typename Awaitable::executor_type>
boost::asio::awaitable<std::vector<outcome<T>>, Executor> async_gather(Range range,
                                                                       std::size_t limit) {
  co_return co_await detail::orderly(detail::gather_range_orderly<Executor, T>(range, limit));
}

}  // namespace asioscope::core
