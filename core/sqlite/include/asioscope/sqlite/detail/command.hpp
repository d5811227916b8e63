// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/waiter.hpp"
#include "asioscope/sqlite/detail/session.hpp"
#include "asioscope/sqlite/open_options.hpp"
#include "asioscope/sqlite/result.hpp"

#include <atomic>
#include <string>
#include <type_traits>
#include <utility>

namespace asioscope::sqlite::detail {

/// What a connection is to do: an operation that waits for its turn.
class command : public core::detail::waiter_base {
 public:
  /// On the connection's thread. Throws a `failure` (database.hpp).
  virtual void run(session& in, const std::atomic<bool>& stop) = 0;
  /// Under the lock: with what `run` has found, or without having been run.
  virtual void finish(error_code error) noexcept = 0;
  virtual void fail(error_code error) noexcept = 0;
  /// May SQLite be interrupted while it runs? Not while it is being opened or closed.
  virtual bool uses_open_database() const noexcept { return true; }

 protected:
  ~command() = default;
};

template <class... Values>
class command_for : public command {
 public:
  virtual void settle(error_code error, Values... values) noexcept = 0;
  void fail(error_code error) noexcept final { settle(error, Values()...); }

 protected:
  ~command_for() = default;
};

struct statement {
  std::string sql;
  parameters bound;
  transaction_flag within;  ///< null: in no transaction, or in whichever there is
};

/// \param found null: rows are not wanted
result run_statement(session& in, const statement& what, rows* found);

/// `Value` is a `result` or `rows`.
template <class Value>
class statement_command : public command_for<Value> {
 public:
  explicit statement_command(statement what) : what_(std::move(what)) {}

  void run(session& in, const std::atomic<bool>&) final {
    if constexpr (std::is_same_v<Value, rows>)
      run_statement(in, what_, &found_);
    else
      found_ = run_statement(in, what_, nullptr);
  }
  void finish(error_code error) noexcept final {
    error ? this->fail(error) : this->settle(error, std::move(found_));
  }

 protected:
  ~statement_command() = default;

 private:
  statement what_;
  Value found_;
};

enum class plain_action { reset, close, commit, rollback };

class plain_command : public command_for<> {
 public:
  explicit plain_command(plain_action what, transaction_flag within = nullptr) noexcept
      : what_(what), within_(std::move(within)) {}

  void run(session& in, const std::atomic<bool>& stop) final;
  void finish(error_code error) noexcept final { fail(error); }
  bool uses_open_database() const noexcept final { return what_ != plain_action::close; }

 protected:
  ~plain_command() = default;

 private:
  plain_action what_;
  transaction_flag within_;
};

/// Runs after what is queued, and nobody hears of it.
class forgotten_rollback final : public plain_command {
 public:
  explicit forgotten_rollback(transaction_flag within) noexcept
      : plain_command(plain_action::rollback, std::move(within)) {}
  void settle(error_code) noexcept override {}
  void post() noexcept override { delete this; }
  void drop() noexcept override { delete this; }
};

}  // namespace asioscope::sqlite::detail
