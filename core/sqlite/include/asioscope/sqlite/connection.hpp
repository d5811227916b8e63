// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/open_options.hpp"
#include "asioscope/sqlite/statements.hpp"
#include "asioscope/sqlite/transaction.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <string>
#include <utility>

namespace asioscope::sqlite {

/// A connection to a database, with a thread of its own: the loop never waits for the disk.
///
/// Commands are done one after the other, in their order. Several users would share transactions:
/// let each borrow a connection of its own (pool.hpp).
///
/// Thread safety: any thread, but for the end of its life.
/// Cancellation: terminal, partial and total end a command with `operation_aborted`, promptly also
/// when it runs; what it has done then, `statements` says, and the connection goes on. One that was
/// quicker than the cancellation ends as if there had been none. With deadlines it is the same.
/// Lifetime: the destructor aborts commands and waits for the thread: the statement that runs is
/// interrupted, but the file is closed. Whoever cannot wait uses `async_close` before.
/// Errors: SQLite's (error.hpp), what it said of the last is in `last_message`;
/// `core::errc::closed`, `core::errc::timed_out`.
class connection : public statements {
 public:
  using executor_type = boost::asio::any_io_executor;
  using open_signature = void(error_code, connection);
  using begin_signature = void(error_code, transaction);

  /// None.
  connection() = default;
  connection(connection&&) noexcept = default;
  connection& operator=(connection&& other) noexcept {
    connection(std::move(other)).swap(*this);
    return *this;
  }
  ~connection() {
    if (state_ != nullptr) state_->stop();
  }

  /// \throws core::config_error
  template <boost::asio::completion_token_for<open_signature> Token>
  static auto async_open(const executor_type& executor, open_options options, Token&& token) {
    return async_open_until(executor, std::move(options), never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<open_signature> Token>
  static auto async_open_until(const executor_type& executor, open_options options,
                               time_point deadline, Token&& token);
  template <boost::asio::completion_token_for<open_signature> Token>
  static auto async_open_for(const executor_type& executor, open_options options, duration timeout,
                             Token&& token) {
    return async_open_until(executor, std::move(options), after(timeout),
                            std::forward<Token>(token));
  }

  bool is_open() const { return state_ != nullptr && state_->is_open(); }
  executor_type get_executor() const { return state_->executor(); }

  /// Begins a transaction that may write.
  template <boost::asio::completion_token_for<begin_signature> Token>
  auto async_begin(Token&& token) {
    return async_begin_until(never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<begin_signature> Token>
  auto async_begin_until(time_point deadline, Token&& token) {
    return boost::asio::async_initiate<Token, begin_signature>(
        detail::initiate_command<begin_command, transaction>(state_), token, deadline, state_);
  }
  template <boost::asio::completion_token_for<begin_signature> Token>
  auto async_begin_for(duration timeout, Token&& token) {
    return async_begin_until(after(timeout), std::forward<Token>(token));
  }

  /// As it was when it was opened, without a transaction: void(error_code).
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_reset(Token&& token) {
    return async_reset_until(never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_reset_until(time_point deadline, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiate_command<detail::plain_command>(state_), token, deadline,
        detail::plain_action::reset);
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_reset_for(duration timeout, Token&& token) {
    return async_reset_until(after(timeout), std::forward<Token>(token));
  }

  /// Closes it after all that is queued: void(error_code). `timed_out`: not yet, but it will be,
  /// and takes nothing more.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_close(Token&& token) {
    return async_close_until(never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_close_until(time_point deadline, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiate_command<detail::plain_command>(state_, true), token, deadline,
        detail::plain_action::close);
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_close_for(duration timeout, Token&& token) {
    return async_close_until(after(timeout), std::forward<Token>(token));
  }

  /// What SQLite said of the last command that failed: "no such table: users".
  std::string last_message() const { return state_->last_message(); }

  void swap(connection& other) noexcept { statements::swap(other); }

 private:
  friend class open_command;

  explicit connection(state_ptr state) noexcept : statements(std::move(state), nullptr) {}
};

/// Opens the database on the connection's thread.
class open_command : public detail::command_for<connection> {
 public:
  open_command(open_options options, core::detail::state_ptr<detail::connection_state> state)
      : options_(std::move(options)), state_(std::move(state)) {}

  void run(detail::session& in, const std::atomic<bool>& stop) final;
  void finish(error_code error) noexcept final {
    error ? fail(error) : settle(error, connection(std::move(state_)));
  }
  bool uses_open_database() const noexcept final { return false; }

 protected:
  ~open_command() = default;

 private:
  open_options options_;
  core::detail::state_ptr<detail::connection_state> state_;
};

/// \throws core::config_error
void check(const open_options& options);

template <boost::asio::completion_token_for<void(error_code, connection)> Token>
auto connection::async_open_until(const executor_type& executor, open_options options,
                                  time_point deadline, Token&& token) {
  check(options);
  const state_ptr state(new detail::connection_state(executor));
  return boost::asio::async_initiate<Token, open_signature>(
      detail::initiate_command<open_command, connection>(state), token, deadline,
      std::move(options), state);
}

}  // namespace asioscope::sqlite
