// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/post_to.hpp"
#include "asioscope/core/detail/wait_operation.hpp"
#include "asioscope/core/resource.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>

#include <chrono>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asioscope::core::detail {

/// A handler and, if its operation is over before it has begun to wait, its results: to be posted.
template <class Handler, class... Results>
struct completed {
  using allocator_type = handler_allocator<Handler>;

  allocator_type get_allocator() const noexcept { return allocator_of(handler); }

  void operator()() { std::apply(std::move(handler), std::move(*results)); }

  Handler handler;
  std::optional<std::tuple<Results...>> results;
};

/// Posts it to where the handler runs.
template <class Executor, class Handler, class... Results>
void post_completed(const Executor& executor, completed<Handler, Results...>&& done) {
  const auto where = boost::asio::get_associated_executor(done.handler, executor);
  post_to(where, executor, std::move(done));
}

/// No deadline.
template <class Clock>
inline constexpr typename Clock::time_point never = Clock::time_point::max();

/// Tells, for a named primitive, that somebody begins to wait.
inline resource_wait begin_wait(const resource& primitive) {
  if (primitive.id() == 0) return {};
  std::uint64_t task = 0;
  if (observer* const listener = current_observer()) {
    task = listener->current_task();
    listener->wait_began(primitive.id(), task);
  }
  return {task, std::chrono::steady_clock::now()};
}

/// Begins an operation that may have to wait. `State` has, for the arguments of the operation,
///
/// - `attempt(arguments&…)`: the results, if there are any without waiting; with a first argument
///   `state_ptr<State>&` those may take over what that owns;
/// - `add(Node&)`: the same again for the node that was made of the arguments, and then `queue`.
template <class State, class Node, class... Values>
class initiate_wait {
 public:
  using executor_type = typename State::executor_type;
  using time_point = typename State::clock_type::time_point;

  explicit initiate_wait(state_ptr<State> state) noexcept : state_(std::move(state)) {}

  executor_type get_executor() const noexcept { return state_->executor(); }

  template <class Handler, class... Arguments>
  void operator()(Handler&& handler, time_point deadline, Arguments&&... arguments) const& {
    begin(state_, std::decay_t<Handler>(std::forward<Handler>(handler)), deadline,
          std::forward<Arguments>(arguments)...);
  }

  template <class Handler, class... Arguments>
  void operator()(Handler&& handler, time_point deadline, Arguments&&... arguments) && {
    if constexpr (std::is_rvalue_reference_v<Handler&&> && !std::is_const_v<Handler>)
      begin(std::move(state_), std::forward<Handler>(handler), deadline,
            std::forward<Arguments>(arguments)...);
    else
      begin(std::move(state_), std::decay_t<Handler>(handler), deadline,
            std::forward<Arguments>(arguments)...);
  }

 private:
  template <class Handler, class... Arguments>
  static void begin(state_ptr<State> owned, Handler&& handler, time_point deadline,
                    Arguments&&... arguments) {
    using operation = wait_operation<Node, State, Handler, Values...>;
    State& state = *owned;
    completed<Handler, error_code, Values...> done{std::forward<Handler>(handler),
                                                   attempt(owned, arguments...)};
    if (done.results.has_value()) {
      post_completed(state.executor(), std::move(done));
      return;
    }
    // It may end, and go, before `add` returns: the state stays.
    auto waiting =
        operation::make(owned, std::move(done.handler), std::forward<Arguments>(arguments)...);
    waiting->set_wait(begin_wait(state));
    waiting->listen_for_cancellation();
    if (deadline != never<typename State::clock_type>) waiting->wait_until(deadline);
    state.add(*waiting.release());
  }

  template <class... Arguments>
  static auto attempt(state_ptr<State>& owned, Arguments&... arguments) {
    if constexpr (requires { owned->attempt(owned, arguments...); })
      return owned->attempt(owned, arguments...);
    else
      return owned->attempt(arguments...);
  }

  state_ptr<State> state_;
};

}  // namespace asioscope::core::detail
