// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/detail/connection_state.hpp"

#include <boost/asio/async_result.hpp>

#include <atomic>
#include <string>
#include <utility>

namespace asioscope::sqlite {

/// All of it happens, or nothing: rolled back when this goes without a commit.
///
/// Everything on the connection meanwhile is part of it. When SQLite has ended it (some errors do
/// that, and so may a cancelled statement), what is still tried here fails with
/// `errc::rolled_back`: nothing is done outside of it by mistake.
///
/// Lifetime: the connection must outlive it.
class transaction {
 public:
  /// None.
  transaction() = default;
  transaction(transaction&&) noexcept = default;
  transaction& operator=(transaction&& other) noexcept {
    transaction(std::move(other)).swap(*this);
    return *this;
  }
  ~transaction() {
    if (state_ == nullptr || !is_open()) return;
    // Out of memory ends the program: what is left would be committed by the next one.
    state_->add(*new detail::forgotten_rollback(open_));  // NOLINT(*-unhandled-exception-at-new)
  }

  bool is_open() const noexcept {
    return open_ != nullptr && open_->load(std::memory_order_relaxed);
  }

  /// See `connection`.
  template <boost::asio::completion_token_for<void(error_code, result)> Token>
  auto async_execute(std::string sql, parameters bound, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, result)>(
        detail::initiate_command<detail::statement_command<result>, result>(state_), token,
        detail::statement{std::move(sql), std::move(bound), open_});
  }
  template <boost::asio::completion_token_for<void(error_code, result)> Token>
  auto async_execute(std::string sql, Token&& token) {
    return async_execute(std::move(sql), parameters(), std::forward<Token>(token));
  }

  /// See `connection`.
  template <boost::asio::completion_token_for<void(error_code, rows)> Token>
  auto async_query(std::string sql, parameters bound, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, rows)>(
        detail::initiate_command<detail::statement_command<rows>, rows>(state_), token,
        detail::statement{std::move(sql), std::move(bound), open_});
  }
  template <boost::asio::completion_token_for<void(error_code, rows)> Token>
  auto async_query(std::string sql, Token&& token) {
    return async_query(std::move(sql), parameters(), std::forward<Token>(token));
  }

  /// Ends it. When this fails, or is cancelled while it is done, it is rolled back.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_commit(Token&& token) {
    return end(detail::plain_action::commit, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_rollback(Token&& token) {
    return end(detail::plain_action::rollback, std::forward<Token>(token));
  }

  void swap(transaction& other) noexcept {
    state_.swap(other.state_);
    open_.swap(other.open_);
  }

 private:
  friend class connection;
  friend class begin_command;

  transaction(core::detail::state_ptr<detail::connection_state> state,
              detail::transaction_flag open) noexcept
      : state_(std::move(state)), open_(std::move(open)) {}

  template <class Token>
  auto end(detail::plain_action how, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiate_command<detail::plain_command>(state_), token, how, open_);
  }

  core::detail::state_ptr<detail::connection_state> state_;
  detail::transaction_flag open_;
};

/// Begins one on the connection's thread.
class begin_command : public detail::command_for<transaction> {
 public:
  explicit begin_command(core::detail::state_ptr<detail::connection_state> state)
      : state_(std::move(state)) {}

  void run(detail::session& in, const std::atomic<bool>& stop) final;
  void finish(error_code error) noexcept final {
    error ? fail(error) : settle(error, transaction(std::move(state_), std::move(begun_)));
  }

 protected:
  ~begin_command() = default;

 private:
  core::detail::state_ptr<detail::connection_state> state_;
  detail::transaction_flag begun_;
};

}  // namespace asioscope::sqlite
