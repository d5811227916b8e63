// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/open_options.hpp"
#include "asioscope/sqlite/result.hpp"
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
/// when it runs; it has then done nothing, and the connection goes on. One that was quicker than
/// the cancellation ends as if there had been none.
/// Lifetime: the destructor aborts commands and waits for the thread: the statement that runs is
/// interrupted, but the file is closed. Whoever cannot wait uses `async_close` before.
/// Errors: SQLite's (error.hpp), what it said of the last is in `last_message`;
/// `core::errc::closed`.
class connection {
 public:
  using executor_type = boost::asio::any_io_executor;

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

  /// void(error_code, connection).
  /// \throws core::config_error
  template <boost::asio::completion_token_for<void(error_code, connection)> Token>
  static auto async_open(const executor_type& executor, open_options options, Token&& token);

  bool is_open() const { return state_ != nullptr && state_->is_open(); }
  executor_type get_executor() const { return state_->executor(); }

  /// Runs a statement, or several without parameters: void(error_code, result).
  template <boost::asio::completion_token_for<void(error_code, result)> Token>
  auto async_execute(std::string sql, parameters bound, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, result)>(
        detail::initiate_command<detail::statement_command<result>, result>(state_), token,
        detail::statement{std::move(sql), std::move(bound), nullptr});
  }
  template <boost::asio::completion_token_for<void(error_code, result)> Token>
  auto async_execute(std::string sql, Token&& token) {
    return async_execute(std::move(sql), parameters(), std::forward<Token>(token));
  }

  /// Runs a statement that finds something: void(error_code, rows).
  template <boost::asio::completion_token_for<void(error_code, rows)> Token>
  auto async_query(std::string sql, parameters bound, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, rows)>(
        detail::initiate_command<detail::statement_command<rows>, rows>(state_), token,
        detail::statement{std::move(sql), std::move(bound), nullptr});
  }
  template <boost::asio::completion_token_for<void(error_code, rows)> Token>
  auto async_query(std::string sql, Token&& token) {
    return async_query(std::move(sql), parameters(), std::forward<Token>(token));
  }

  /// Begins a transaction that may write: void(error_code, transaction).
  template <boost::asio::completion_token_for<void(error_code, transaction)> Token>
  auto async_begin(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, transaction)>(
        detail::initiate_command<begin_command, transaction>(state_), token, state_);
  }

  /// As it was when it was opened: without a transaction.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_reset(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiate_command<detail::plain_command>(state_), token,
        detail::plain_action::reset);
  }

  /// Closes it after all that is queued.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_close(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiate_command<detail::plain_command>(state_, true), token,
        detail::plain_action::close);
  }

  /// What SQLite said of the last command that failed: "no such table: users".
  std::string last_message() const { return state_->last_message(); }

  void swap(connection& other) noexcept { state_.swap(other.state_); }

 private:
  friend class open_command;

  explicit connection(core::detail::state_ptr<detail::connection_state> state) noexcept
      : state_(std::move(state)) {}

  core::detail::state_ptr<detail::connection_state> state_;
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
auto connection::async_open(const executor_type& executor, open_options options, Token&& token) {
  check(options);
  const core::detail::state_ptr<detail::connection_state> state(
      new detail::connection_state(executor));
  return boost::asio::async_initiate<Token, void(error_code, connection)>(
      detail::initiate_command<open_command, connection>(state), token, std::move(options), state);
}

}  // namespace asioscope::sqlite
