// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/error.hpp"
#include "asioscope/sqlite/open_options.hpp"
#include "asioscope/sqlite/result.hpp"

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace asioscope::sqlite::detail {

/// Thrown on the connection's thread.
struct failure {
  error_code code;
  std::string message;
};

struct close_database {
  void operator()(sqlite3* handle) const noexcept;
};
struct finalize_statement {
  void operator()(sqlite3_stmt* statement) const noexcept;
};
using statement_ptr = std::unique_ptr<sqlite3_stmt, finalize_statement>;

/// The prepared statements that were used last.
class statement_cache {
 public:
  explicit statement_cache(std::size_t most) noexcept : most_(most) {}

  /// Null: not there.
  sqlite3_stmt* find(std::string_view sql);
  /// Null: it is not kept, and stays the caller's.
  sqlite3_stmt* keep(std::string sql, statement_ptr& statement);

 private:
  struct entry {
    std::string sql;
    statement_ptr statement;
  };

  std::size_t most_;
  std::list<entry> latest_first_;
  std::unordered_map<std::string_view, std::list<entry>::iterator> by_sql_;
};

/// SQLite as one thread uses it.
class database {
 public:
  /// \param stop true: whatever runs is to end. Outlives this.
  database(const open_options& options, const std::atomic<bool>& stop);

  /// \param found null: rows are not wanted
  result run(const std::string& sql, const parameters& bound, rows* found);
  void run(const char* sql) { run(sql, {}, nullptr); }

  /// Also when everything else is to stop. Does nothing without a transaction.
  void roll_back();

  bool in_transaction() const noexcept;
  bool read_only() const noexcept;

  /// From any thread.
  void interrupt() noexcept;

 private:
  /// With the rest of the text behind the statement.
  std::pair<statement_ptr, const char*> prepare(const char* sql, const char* end);
  void step_all(sqlite3_stmt* statement, const parameters& bound, rows* found);
  void bind(sqlite3_stmt* statement, const parameters& bound);
  void check(int code);
  void use_write_ahead_log(const open_options& options);
  /// SQLite asks whether to wait for a lock once more.
  bool wait_for_lock(int attempts) noexcept;

  const std::atomic<bool>& stop_;
  std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_since_;
  std::unique_ptr<sqlite3, close_database> handle_;
  statement_cache cache_;  ///< its statements go before the connection
};

}  // namespace asioscope::sqlite::detail
