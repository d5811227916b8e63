// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/statements.hpp"

#include <boost/asio/async_result.hpp>

#include <atomic>
#include <utility>

namespace asioscope::sqlite {

/// All of it happens, or nothing: rolled back when this goes without a commit.
///
/// Everything on the connection meanwhile is part of it. When SQLite has ended it (some errors do
/// that, and so may a statement that is cancelled or late), what is still tried here fails with
/// `errc::rolled_back`: nothing is done outside of it by mistake.
///
/// Lifetime: the connection must outlive it.
class transaction : public statements {
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
    state_->add(*new detail::forgotten_rollback(within_));  // NOLINT(*-unhandled-exception-at-new)
  }

  bool is_open() const noexcept {
    return within_ != nullptr && within_->load(std::memory_order_relaxed);
  }

  /// Ends it: void(error_code). When this fails while it is done, also because it is cancelled or
  /// its deadline passes, the transaction is rolled back. Before its turn, nothing has happened.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_commit(Token&& token) {
    return async_commit_until(never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_commit_until(time_point deadline, Token&& token) {
    return end(detail::plain_action::commit, deadline, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_commit_for(duration timeout, Token&& token) {
    return async_commit_until(after(timeout), std::forward<Token>(token));
  }

  /// Nothing of it has happened: void(error_code). Once it is its turn, it is done to the end.
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_rollback(Token&& token) {
    return async_rollback_until(never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_rollback_until(time_point deadline, Token&& token) {
    return end(detail::plain_action::rollback, deadline, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(error_code)> Token>
  auto async_rollback_for(duration timeout, Token&& token) {
    return async_rollback_until(after(timeout), std::forward<Token>(token));
  }

  void swap(transaction& other) noexcept { statements::swap(other); }

 private:
  friend class begin_command;

  transaction(state_ptr state, detail::transaction_flag open) noexcept
      : statements(std::move(state), std::move(open)) {}

  template <class Token>
  auto end(detail::plain_action how, time_point deadline, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        detail::initiate_command<detail::plain_command>(state_), token, deadline, how, within_);
  }
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
