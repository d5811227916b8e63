// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/instrumentation/detail/task_control.hpp"
#include "asioscope/instrumentation/instrumented_executor.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/version.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace asioscope {

namespace detail {

template <class T>
inline constexpr bool is_instrumented = false;
template <class Inner>
inline constexpr bool is_instrumented<instrumented_executor<Inner>> = true;

template <class T>
struct awaitable_types;
template <class T, class Executor>
struct awaitable_types<boost::asio::awaitable<T, Executor>> {
  using value_type = T;
  using executor_type = Executor;
};
template <class Function>
using result_of_coroutine = std::decay_t<std::invoke_result_t<Function&>>;

template <class Function>
concept coroutine_function = std::is_invocable_v < std::decay_t<Function>
& > &&requires {
  typename awaitable_types<result_of_coroutine<std::decay_t<Function>>>::value_type;
};

#if defined(ASIOSCOPE_HOOKS)

// With the hooks the task is recorded by its promise: only its name is missing.
inline namespace hooked {

template <class Function, class Result = result_of_coroutine<Function>>
Result named_task(recorder::site_id name, Function function) {
  if (task_control* const task = std::exchange(beginning_task, nullptr)) task->set_name(name);
  co_return co_await function();
}

template <class Executor, class Function, class Token>
auto spawn_named(const Executor& executor, std::string_view name, Function function,
                 Token&& token) {
  return boost::asio::co_spawn(executor,
                               named_task(recorder::site_of_task_name(name), std::move(function)),
                               std::forward<Token>(token));
}

}  // namespace hooked

#else

inline namespace unhooked {

template <class Function, class Result = result_of_coroutine<Function>>
Result recorded_task(task_control task, Function function) {
#if BOOST_VERSION >= 107700
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  const auto cancelled = [&] {
    return cancellation.cancelled() != boost::asio::cancellation_type::none;
  };
#else  // Asio has no cancellation yet
  const auto cancelled = [] { return false; };
#endif
  try {
    if constexpr (std::is_void_v<typename awaitable_types<Result>::value_type>) {
      co_await function();
      task.finish();
      co_return;
    } else {
      auto result = co_await function();
      task.finish();
      co_return result;
    }
  } catch (...) {
    task.fail(cancelled());
    throw;
  }
}

template <class Executor, class Function, class Token>
auto spawn_named(const Executor& executor, std::string_view name, Function function,
                 Token&& token) {
  task_control task;
  recorder::loop_record& loop = [&]() -> recorder::loop_record& {
    if constexpr (is_instrumented<Executor>)
      return recorder::loop_by_id(executor.account().loop);
    else
      return loop_of_executor(executor);
  }();
  const recorder::site_id site = recorder::site_of_task_name(name);
  if (recorder::recording()) task.spawn(loop, site);
  const attribution account{loop.id, site, task.ref().id};
  auto coroutine = recorded_task(std::move(task), std::move(function));
  using awaited = typename awaitable_types<decltype(coroutine)>::executor_type;
  // An executor that says on whose behalf it runs things, so that each run is charged to the task.
  const auto on_behalf = [&] {
    if constexpr (is_instrumented<Executor>)
      return Executor(executor.inner(), account);
    else
      return instrumented_executor<Executor>(executor, account);
  }();
  if constexpr (std::is_convertible_v<decltype(on_behalf), awaited>)
    return boost::asio::co_spawn(on_behalf, std::move(coroutine), std::forward<Token>(token));
  else
    return boost::asio::co_spawn(executor, std::move(coroutine), std::forward<Token>(token));
}

}  // namespace unhooked

#endif

}  // namespace detail

/// Like boost::asio::co_spawn, for a task with a name: its life (spawned, finished, failed,
/// cancelled), its runs and the time it takes are recorded under it. Use few different names, such
/// as "GET /items", not one per request.
///
/// `coroutine`: a function that returns an awaitable, or an awaitable. The executor need not be
/// instrumented. With the hooks, tasks spawned by Asio's own co_spawn are recorded too, named after
/// their coroutine.
///
/// Completion, cancellation, lifetime, errors: those of boost::asio::co_spawn.
template <class Executor, detail::coroutine_function Function,
          class Token = boost::asio::detached_t>
requires(!std::is_convertible_v<Executor&, boost::asio::execution_context&>) auto co_spawn(
    const Executor& executor, std::string_view name, Function&& coroutine, Token&& token = {}) {
  return detail::spawn_named(executor, name,
                             std::decay_t<Function>(std::forward<Function>(coroutine)),
                             std::forward<Token>(token));
}

template <class Executor, class T, class AwaitableExecutor, class Token = boost::asio::detached_t>
requires(!std::is_convertible_v<Executor&, boost::asio::execution_context&>) auto co_spawn(
    const Executor& executor, std::string_view name,
    boost::asio::awaitable<T, AwaitableExecutor> coroutine, Token&& token = {}) {
  return detail::spawn_named(
      executor, name, [a = std::move(coroutine)]() mutable { return std::move(a); },
      std::forward<Token>(token));
}

/// The same on the executor of an execution context.
template <class Context, class Coroutine, class Token = boost::asio::detached_t>
requires(std::is_convertible_v<Context&, boost::asio::execution_context&>) auto co_spawn(
    Context& context, std::string_view name, Coroutine&& coroutine, Token&& token = {}) {
  return asioscope::co_spawn(context.get_executor(), name, std::forward<Coroutine>(coroutine),
                             std::forward<Token>(token));
}

}  // namespace asioscope
