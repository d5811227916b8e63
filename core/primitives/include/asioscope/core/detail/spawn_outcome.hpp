// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/outcome.hpp"

#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// A handler for an outcome, as `co_spawn` calls it.
template <class Handler>
struct spawned_handler {
  template <class T>
  void operator()(std::exception_ptr thrown, outcome<T> ended) {
    if (thrown != nullptr) ended = failure_of(std::move(thrown));
    std::move(handler)(std::move(ended));
  }

  Handler handler;
};

/// The root of what is spawned, which listens to terminal cancellation only, otherwise. Viewers
/// name the task after this function.
template <class T, class Executor>
boost::asio::awaitable<T, Executor> guarded_call(boost::asio::awaitable<T, Executor> all) {
  co_await boost::asio::this_coro::reset_cancellation_state(
      boost::asio::enable_partial_cancellation());
  co_return co_await std::move(all);
}

template <class Executor>
class initiate_spawn {
 public:
  using executor_type = Executor;

  explicit initiate_spawn(const Executor& executor) : executor_(executor) {}

  executor_type get_executor() const noexcept { return executor_; }

  template <class Handler, class Awaitable>
  void operator()(Handler&& handler, Awaitable&& all) const {
    boost::asio::co_spawn(executor_, guarded_call(std::forward<Awaitable>(all)),
                          spawned_handler<std::decay_t<Handler>>{std::forward<Handler>(handler)});
  }

 private:
  Executor executor_;
};

/// `co_spawn` of what ends with an outcome: `void(outcome<T>)`.
template <class Executor, class T, class Inner, class Token>
auto spawn_outcome(const Executor& executor, boost::asio::awaitable<outcome<T>, Inner> all,
                   Token&& token) {
  return boost::asio::async_initiate<Token, void(outcome<T>)>(initiate_spawn<Executor>(executor),
                                                              token, std::move(all));
}

}  // namespace asioscope::core::detail

template <template <class, class> class Associator, class Handler, class Default>
struct boost::asio::associator<Associator, asioscope::core::detail::spawned_handler<Handler>,
                               Default> : Associator<Handler, Default> {
  static typename Associator<Handler, Default>::type get(
      const asioscope::core::detail::spawned_handler<Handler>& spawned,
      const Default& otherwise = Default()) noexcept {
    return Associator<Handler, Default>::get(spawned.handler, otherwise);
  }
};
