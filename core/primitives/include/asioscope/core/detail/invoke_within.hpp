// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/invoke_guarded.hpp"
#include "asioscope/core/outcome.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// A child coroutine, a timer that may cancel it, and its parent, which may, too. All on the
/// executor of the parent, so that a cancellation is never under way to where it finds nobody.
template <class Clock, class Executor>
class timed_call : public std::enable_shared_from_this<timed_call<Clock, Executor>> {
 public:
  timed_call(const Executor& executor, std::chrono::nanoseconds time)
      : executor_(executor), timer_(executor, std::chrono::ceil<typename Clock::duration>(time)) {}

  template <class Handler, class T>
  void start(Handler&& handler, boost::asio::awaitable<outcome<T>, Executor> child) {
    auto self = this->shared_from_this();
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected())
      slot.assign([self](boost::asio::cancellation_type type) { self->cancel(type); });
    timer_.async_wait([self](const error_code& error) {
      if (error || self->over_) return;
      self->late_ = true;
      self->cancel(boost::asio::cancellation_type::terminal);
    });
    boost::asio::co_spawn(
        executor_, call_with_time_limit(std::move(child)),
        boost::asio::bind_cancellation_slot(
            signal_.slot(), [self, slot, handler = std::forward<Handler>(handler)](
                                std::exception_ptr thrown, outcome<T> ended) mutable {
              if (slot.is_connected()) slot.clear();
              if (thrown != nullptr) ended = failure_of(std::move(thrown));
              std::move(handler)(self->end(std::move(ended)));
            }));
  }

 private:
  /// As cancellable as its parent. Viewers name the task after this function.
  template <class T>
  static boost::asio::awaitable<T, Executor> call_with_time_limit(
      boost::asio::awaitable<T, Executor> child) {
    co_await boost::asio::this_coro::reset_cancellation_state(
        boost::asio::enable_total_cancellation());
    co_return co_await std::move(child);
  }

  void cancel(boost::asio::cancellation_type type) {
    if (!over_) signal_.emit(type);
  }

  /// What is finished although it was late is finished.
  template <class T>
  outcome<T> end(outcome<T>&& ended) {
    over_ = true;
    timer_.cancel();
    if (late_ && !ended.has_value()) return failure{errc::timed_out, nullptr};
    return std::move(ended);
  }

  Executor executor_;
  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor> timer_;
  boost::asio::cancellation_signal signal_;
  bool late_ = false;
  bool over_ = false;
};

/// `invoke_guarded`, cancelled after that time: it has failed with `timed_out` then, as soon as it
/// has ended.
template <class Clock, class Function>
awaitable_outcome_of<Function> invoke_within(Function& function, std::chrono::nanoseconds time) {
  using executor_type = typename std::invoke_result_t<Function&>::executor_type;
  const executor_type executor = co_await boost::asio::this_coro::executor;
  const auto timed = std::make_shared<timed_call<Clock, executor_type>>(executor, time);
  // Not within the expression: g++ 12 destroys such a temporary twice.
  const auto start = [timed](auto&& handler, auto child) {
    timed->start(std::forward<decltype(handler)>(handler), std::move(child));
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<executor_type>,
                                                 void(outcome_of<Function>)>(
      start, boost::asio::use_awaitable_t<executor_type>(), invoke_guarded(function));
}

}  // namespace asioscope::core::detail
