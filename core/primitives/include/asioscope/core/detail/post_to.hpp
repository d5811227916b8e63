// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution/allocator.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/relationship.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/strand.hpp>

#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

using loop_executor = boost::asio::io_context::executor_type;
using loop_strand = boost::asio::strand<loop_executor>;

template <class Executor>
inline constexpr bool never_blocks_on_demand =
    boost::asio::can_require_v<Executor, boost::asio::execution::blocking_t::never_t>;

/// The loop behind it; null: something else is, and it has to be asked for every property.
inline const loop_executor* loop_behind(const boost::asio::any_io_executor& executor) noexcept {
  return executor.target<loop_executor>();
}

/// What `post` does, with that allocator, and without a wrapper around the function.
template <class Executor, class Allocator, class Function>
void execute_later(const Executor& executor, const Allocator& allocator, Function&& function) {
  namespace execution = boost::asio::execution;
  boost::asio::prefer(boost::asio::require(executor, execution::blocking.never),
                      execution::relationship.fork, execution::allocator(allocator))
      .execute(std::forward<Function>(function));
}

/// Has the function run by the handler's executor, never at once. `io_executor` is the primitive's:
/// over it go those that cannot promise not to run it at once (`any_completion_executor`).
template <class HandlerExecutor, class IoExecutor, class Function>
void post_to(const HandlerExecutor& executor, const IoExecutor& io_executor, Function&& function) {
  if constexpr (never_blocks_on_demand<HandlerExecutor>) {
    const auto allocator = boost::asio::get_associated_allocator(function);
    if constexpr (std::is_same_v<HandlerExecutor, boost::asio::any_io_executor>)
      if (const loop_executor* const loop = loop_behind(executor))
        return execute_later(*loop, allocator, std::forward<Function>(function));
    execute_later(executor, allocator, std::forward<Function>(function));
  } else {
    boost::asio::post(io_executor,
                      boost::asio::bind_executor(executor, std::forward<Function>(function)));
  }
}

}  // namespace asioscope::core::detail
