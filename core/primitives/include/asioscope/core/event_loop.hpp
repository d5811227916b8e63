// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/loop_core.hpp"
#include "asioscope/core/event_loop_options.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asioscope::core {

/// An `io_context` with its threads, its tasks, and an orderly end.
///
/// What an exception leaves does not end it: a cancellation is ignored, all else goes to
/// `on_exception`. At a shutdown no task can be spawned any more, tasks are cancelled, and when the
/// deadline comes the loop is stopped and one is told who did not finish.
///
/// Thread safety: any thread; `run` and `join` not from within the loop, which would wait for
/// itself.
/// Lifetime: the destructor stops the loop, waits for its threads, and destroys what is left with
/// the context; not in a thread of the loop. As with `io_context`, executors must not outlive it.
/// Errors: misuse throws `system_error`: `operation_in_progress` (it runs), `closed` (it was shut
/// down), `not_running`, `resource_deadlock_would_occur`.
/// Debug mode: two readings of the clock for each handler that runs by way of `get_executor()`;
/// what was made with `context()` alone is not seen.
class event_loop {
 public:
  using executor_type = detail::loop_core::executor_type;
  using task_monitor_type = detail::loop_core::monitor;

  /// \throws config_error
  explicit event_loop(event_loop_options options = {}, std::string name = {})
      : core_(detail::checked(std::move(options)), std::move(name)) {}
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  executor_type get_executor() noexcept { return core_.executor(); }
  boost::asio::io_context& context() noexcept { return core_.context(); }
  const event_loop_options& options() const noexcept { return core_.options(); }

  /// What waits for sockets and timers: "epoll", "io_uring"… as the including file is compiled.
  static constexpr std::string_view backend() noexcept {
#if defined(BOOST_ASIO_HAS_IOCP)
    return "iocp";
#elif defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
    return "io_uring";
#elif defined(BOOST_ASIO_HAS_EPOLL)
    return "epoll";
#elif defined(BOOST_ASIO_HAS_KQUEUE)
    return "kqueue";
#elif defined(BOOST_ASIO_HAS_DEV_POLL)
    return "/dev/poll";
#else
    return "select";
#endif
  }

  /// The tasks of the loop.
  task_monitor_type& tasks() noexcept { return core_.tasks(); }

  /// See `task_monitor`. What the task throws goes to `on_exception`. 0: the loop was shut down.
  template <class Task>
  task_id spawn(std::string name, Task&& task, call_site where = call_site::here()) {
    return tasks().spawn(std::move(name), std::forward<Task>(task), where);
  }

  /// The same with the result, or exception, as an `outcome` for whoever waits for it.
  template <class Task, class Token>
  auto async_spawn(std::string name, Task&& task, Token&& token,
                   call_site where = call_site::here()) {
    return tasks().async_spawn(std::move(name), std::forward<Task>(task),
                               std::forward<Token>(token), where);
  }

  /// Runs it on the calling thread, and on so many more as the options say, until no work is left,
  /// or it is stopped or shut down.
  loop_report run() { return core_.run(); }

  /// Runs it on threads of its own until it is stopped or shut down, with or without work.
  void start() { core_.start(); }

  /// Waits until it does not run any more.
  loop_report join() { return core_.join(); }

  /// Lets `run` and `join` return as soon as the handlers that run have. What is left stays: `run`
  /// and `start` go on with it. May be called again.
  void stop() { core_.stop(); }

  /// Begins a shutdown, with the deadline that the options say, and does not wait for its end:
  /// `run` and `join` do. May be called again.
  void shutdown(call_site where = call_site::here()) {
    core_.shut_down(options().shutdown_within, where);
  }
  /// With another deadline; the shorter one, when a shutdown has begun.
  void shutdown_within(std::chrono::nanoseconds time, call_site where = call_site::here()) {
    core_.shut_down(time, where);
  }

  loop_state state() const { return core_.state(); }

  /// Whether the calling thread is one of the loop's.
  bool runs_here() const noexcept { return core_.thread_here() != nullptr; }

  /// In debug mode, while it runs: reports it when the calling thread is none of the loop's. False:
  /// that was so. See `loop_owned`.
  bool check_owner(call_site where = call_site::here()) { return core_.check_owner(where); }

  /// Those that run it.
  std::vector<loop_thread_info> threads() const {
    std::vector<loop_thread_info> all;
    for (auto& each : core_.threads())
      all.push_back(std::move(each.info));
    return all;
  }

  event_loop_counts counts() const { return core_.counts(); }

 private:
  detail::loop_core core_;
};

}  // namespace asioscope::core
