// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/initiate_wait.hpp"
#include "asioscope/core/detail/wait_operation.hpp"
#include "asioscope/core/detail/waiting_state.hpp"
#include "asioscope/sqlite/detail/command.hpp"
#include "asioscope/sqlite/open_options.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

namespace asioscope::sqlite::detail {

/// A connection and its thread, which does one command after the other.
class connection_state final
    : public core::detail::waiting_state<connection_state, boost::asio::any_io_executor, std::mutex,
                                         std::chrono::steady_clock> {
 public:
  explicit connection_state(const boost::asio::any_io_executor& executor);
  ~connection_state() override;

  void add(command& request);
  /// The command will be the last.
  void add_last(command& request);
  /// Instead: its deadline has passed already.
  void refuse(command& request, bool last);

  /// Each interrupts it if it runs: it ends with their error, unless it is quicker.
  void cancel(command& request);
  template <class>
  void expire(core::detail::deadline& passed) {
    expire_command(passed);
  }

  /// Waits until its thread is gone, unless called on it. What is queued is aborted, what runs is
  /// interrupted.
  void stop() noexcept;

  bool is_open() const;
  std::string last_message() const;
  void describe(core::resource_description& description) const override;

 private:
  friend waiting_state;

  auto lists() noexcept { return std::tie(queue_); }
  void shut_down() noexcept override;
  void enqueue(command& request, bool last);
  void work() noexcept;
  command* next(session& in);
  void done(command& request, error_code error, std::string message) noexcept;
  void expire_command(core::detail::deadline& passed);
  /// Under the lock.
  void end(command& request, error_code why, core::wait_outcome outcome,
           core::detail::settled_waiters& settled) noexcept;
  /// Under the lock, while a command runs. The first reason counts.
  void interrupt(error_code why) noexcept;

  core::detail::wait_list<command> queue_;
  command* running_ = nullptr;
  error_code interrupted_for_;         ///< none: the running command may go on
  database* interruptible_ = nullptr;  ///< what the running command uses
  command* left_ = nullptr;            ///< was running when the context ended
  bool stopping_ = false;
  bool context_ends_ = false;
  std::string message_;
  std::condition_variable wake_;
  /// As `interrupted_for_` says, for SQLite's call-backs, which read it without the lock; it
  /// publishes nothing else.
  std::atomic<bool> stop_running_{false};
  bool* gone_ = nullptr;  ///< of its thread, which looks before it comes back to this
  std::mutex joining_;
  std::thread thread_;
};

/// Begins a command.
template <class Command, class... Values>
class initiate_command {
 public:
  using executor_type = boost::asio::any_io_executor;
  using clock = std::chrono::steady_clock;

  explicit initiate_command(core::detail::state_ptr<connection_state> state, bool last = false)
      : state_(std::move(state)), last_(last) {}

  executor_type get_executor() const noexcept { return state_->executor(); }

  template <class Handler, class... Arguments>
  void operator()(Handler&& handler, clock::time_point deadline, Arguments&&... arguments) const {
    using operation =
        core::detail::wait_operation<Command, connection_state, std::decay_t<Handler>, Values...>;
    auto waiting = operation::make(state_, std::decay_t<Handler>(std::forward<Handler>(handler)),
                                   std::forward<Arguments>(arguments)...);
    if (deadline != core::detail::never<clock>) {
      if (deadline <= clock::now()) {
        state_->refuse(*waiting.release(), last_);
        return;
      }
      waiting->wait_until(deadline);
    }
    waiting->listen_for_cancellation();
    last_ ? state_->add_last(*waiting.release()) : state_->add(*waiting.release());
  }

 private:
  core::detail::state_ptr<connection_state> state_;
  bool last_;
};

}  // namespace asioscope::sqlite::detail
