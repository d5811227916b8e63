// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/in_place.hpp"
#include "asioscope/core/detail/post_to.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>

#include <type_traits>
#include <utility>
#include <variant>

namespace asioscope::core::detail {

/// Where the handler of an operation that waits will run. Until then that has work.
template <class Executor>
class handler_work {
 public:
  explicit handler_work(const Executor& executor)
      : executor_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)) {
  }

  /// Once. The memory is in the operation, which may be gone as soon as the function runs.
  template <class IoExecutor, class Function>
  void post(const IoExecutor& io_executor, in_place_memory&, Function function) {
    const auto executor = std::move(executor_);
    post_to(executor, io_executor, std::move(function));
  }

 private:
  std::decay_t<decltype(boost::asio::prefer(std::declval<const Executor&>(),
                                            boost::asio::execution::outstanding_work.tracked))>
      executor_;
};

/// Of a loop it is known that it does not use the memory of a function while that runs.
template <>
class handler_work<loop_executor> {
 public:
  explicit handler_work(const loop_executor& executor)
      : executor_(boost::asio::require(executor, boost::asio::execution::blocking.never,
                                       boost::asio::execution::outstanding_work.tracked)) {}

  template <class IoExecutor, class Function>
  void post(const IoExecutor&, in_place_memory& memory, Function function) {
    const auto work = std::move(executor_);  // counted once, and not by each copy
    execute_later(boost::asio::require(work, boost::asio::execution::outstanding_work.untracked),
                  in_place_allocator<void>(memory), std::move(function));
  }

 private:
  std::decay_t<decltype(boost::asio::require(std::declval<const loop_executor&>(),
                                             boost::asio::execution::blocking.never,
                                             boost::asio::execution::outstanding_work.tracked))>
      executor_;
};

/// Work is counted of the loop, once, and not by each copy of the strand.
template <>
class handler_work<loop_strand> {
 public:
  explicit handler_work(const loop_strand& executor)
      : strand_(executor),
        work_(boost::asio::require(executor.get_inner_executor(),
                                   boost::asio::execution::outstanding_work.tracked)) {}

  template <class IoExecutor, class Function>
  void post(const IoExecutor&, in_place_memory&, Function function) {
    const auto work = std::move(work_);
    const auto strand = std::move(strand_);
    const auto allocator = boost::asio::get_associated_allocator(function);
    execute_later(strand, allocator, std::move(function));
  }

 private:
  loop_strand strand_;
  std::decay_t<decltype(boost::asio::require(std::declval<const loop_executor&>(),
                                             boost::asio::execution::outstanding_work.tracked))>
      work_;
};

/// Mostly there is a loop behind it, or a strand of one: to ask for that once is less than for each
/// property.
template <>
class handler_work<boost::asio::any_io_executor> {
 public:
  explicit handler_work(const boost::asio::any_io_executor& executor) {
    if (const loop_executor* const loop = loop_behind(executor))
      where_.emplace<handler_work<loop_executor>>(*loop);
    else if (const auto* const strand = executor.target<loop_strand>())
      where_.emplace<handler_work<loop_strand>>(*strand);
    else
      where_ = boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
  }

  template <class IoExecutor, class Function>
  void post(const IoExecutor& io_executor, in_place_memory& memory, Function function) {
    if (auto* const loop = std::get_if<handler_work<loop_executor>>(&where_)) {
      loop->post(io_executor, memory, std::move(function));
    } else if (auto* const strand = std::get_if<handler_work<loop_strand>>(&where_)) {
      strand->post(io_executor, memory, std::move(function));
    } else {
      const auto executor = std::move(std::get<boost::asio::any_io_executor>(where_));
      const auto allocator = boost::asio::get_associated_allocator(function);
      execute_later(executor, allocator, std::move(function));
    }
  }

 private:
  std::variant<boost::asio::any_io_executor, handler_work<loop_executor>, handler_work<loop_strand>>
      where_;
};

}  // namespace asioscope::core::detail
