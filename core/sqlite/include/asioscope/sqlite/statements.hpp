// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/detail/connection_state.hpp"
#include "asioscope/sqlite/result.hpp"

#include <boost/asio/async_result.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace asioscope::sqlite {

/// What runs statements: a `connection`, or a `transaction` of one.
///
/// Those with a deadline (`…_until`, `…_for`) end with `core::errc::timed_out` when it passes, and
/// not at all later: it counts from the call on, while they wait for their turn, for a lock, and
/// while they run. A statement that ends so, or is cancelled, has done nothing; one that was
/// quicker has succeeded, and says so. Of several statements in one text, those before the one that
/// was interrupted are done, unless they are in a transaction that was rolled back.
class statements {
 public:
  using clock_type = std::chrono::steady_clock;
  using time_point = clock_type::time_point;
  using duration = clock_type::duration;
  using execute_signature = void(error_code, result);
  using query_signature = void(error_code, rows);

  /// Runs a statement, or several without parameters.
  template <boost::asio::completion_token_for<execute_signature> Token>
  auto async_execute(std::string sql, parameters bound, Token&& token) {
    return run<result>(std::move(sql), std::move(bound), never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<execute_signature> Token>
  auto async_execute(std::string sql, Token&& token) {
    return run<result>(std::move(sql), {}, never, std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<execute_signature> Token>
  auto async_execute_until(std::string sql, parameters bound, time_point deadline, Token&& token) {
    return run<result>(std::move(sql), std::move(bound), deadline, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<execute_signature> Token>
  auto async_execute_until(std::string sql, time_point deadline, Token&& token) {
    return run<result>(std::move(sql), {}, deadline, std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<execute_signature> Token>
  auto async_execute_for(std::string sql, parameters bound, duration timeout, Token&& token) {
    return run<result>(std::move(sql), std::move(bound), after(timeout),
                       std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<execute_signature> Token>
  auto async_execute_for(std::string sql, duration timeout, Token&& token) {
    return run<result>(std::move(sql), {}, after(timeout), std::forward<Token>(token));
  }

  /// Runs a statement that finds something.
  template <boost::asio::completion_token_for<query_signature> Token>
  auto async_query(std::string sql, parameters bound, Token&& token) {
    return run<rows>(std::move(sql), std::move(bound), never, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<query_signature> Token>
  auto async_query(std::string sql, Token&& token) {
    return run<rows>(std::move(sql), {}, never, std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<query_signature> Token>
  auto async_query_until(std::string sql, parameters bound, time_point deadline, Token&& token) {
    return run<rows>(std::move(sql), std::move(bound), deadline, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<query_signature> Token>
  auto async_query_until(std::string sql, time_point deadline, Token&& token) {
    return run<rows>(std::move(sql), {}, deadline, std::forward<Token>(token));
  }

  template <boost::asio::completion_token_for<query_signature> Token>
  auto async_query_for(std::string sql, parameters bound, duration timeout, Token&& token) {
    return run<rows>(std::move(sql), std::move(bound), after(timeout), std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<query_signature> Token>
  auto async_query_for(std::string sql, duration timeout, Token&& token) {
    return run<rows>(std::move(sql), {}, after(timeout), std::forward<Token>(token));
  }

 protected:
  using state_ptr = core::detail::state_ptr<detail::connection_state>;

  static constexpr time_point never = core::detail::never<clock_type>;
  static time_point after(duration timeout) { return core::detail::after<clock_type>(timeout); }

  statements() = default;
  statements(state_ptr state, detail::transaction_flag within) noexcept
      : state_(std::move(state)), within_(std::move(within)) {}
  statements(statements&&) noexcept = default;
  statements& operator=(statements&&) = delete;
  ~statements() = default;

  void swap(statements& other) noexcept {
    state_.swap(other.state_);
    within_.swap(other.within_);
  }

  state_ptr state_;
  detail::transaction_flag within_;  ///< null: in no transaction, or in whichever there is

 private:
  template <class Value, class Token>
  auto run(std::string sql, parameters bound, time_point deadline, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, Value)>(
        detail::initiate_command<detail::statement_command<Value>, Value>(state_), token, deadline,
        detail::statement{std::move(sql), std::move(bound), within_});
  }
};

}  // namespace asioscope::sqlite
