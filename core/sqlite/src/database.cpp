// SPDX-License-Identifier: BSL-1.0
#include "database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <variant>

namespace asioscope::sqlite::detail {

namespace {

/// So many instructions of SQLite's machine are run between two looks at whether to stop.
constexpr int instructions_between_looks = 1'000;

[[noreturn]] void fail(int code, const char* message) {
  throw failure{{code, sqlite_category()}, message};
}

value column(sqlite3_stmt* statement, int index) {
  const auto size = [&] {
    return static_cast<std::size_t>(sqlite3_column_bytes(statement, index));
  };
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, index));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, index);
    case SQLITE_TEXT: {
      const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
      return std::string(text, size());
    }
    case SQLITE_BLOB: {
      const auto* const bytes =
          static_cast<const std::byte*>(sqlite3_column_blob(statement, index));
      return blob(bytes, bytes + size());
    }
    default:
      return {};
  }
}

int bind_one(sqlite3_stmt* statement, int index, const value& what) {
  return std::visit(
      [&](const auto& each) {
        using type = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<type, std::monostate>)
          return sqlite3_bind_null(statement, index);
        else if constexpr (std::is_same_v<type, std::int64_t>)
          return sqlite3_bind_int64(statement, index, each);
        else if constexpr (std::is_same_v<type, double>)
          return sqlite3_bind_double(statement, index, each);
        else if constexpr (std::is_same_v<type, std::string>)
          return sqlite3_bind_text64(statement, index, each.data(), each.size(), SQLITE_STATIC,
                                     SQLITE_UTF8);
        else if (each.empty())  // a null pointer would be NULL
          return sqlite3_bind_zeroblob(statement, index, 0);
        else
          return sqlite3_bind_blob64(statement, index, each.data(), each.size(), SQLITE_STATIC);
      },
      what.stored());
}

/// Lets go of what was bound, whose memory is the caller's, and of the statement's locks.
class in_use {
 public:
  explicit in_use(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  in_use(const in_use&) = delete;
  in_use& operator=(const in_use&) = delete;
  ~in_use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

void close_database::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

void finalize_statement::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

sqlite3_stmt* statement_cache::find(std::string_view sql) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) return nullptr;
  latest_first_.splice(latest_first_.begin(), latest_first_, found->second);
  return latest_first_.front().statement.get();
}

sqlite3_stmt* statement_cache::keep(std::string sql, statement_ptr& statement) {
  if (most_ == 0) return nullptr;
  if (latest_first_.size() == most_) {
    by_sql_.erase(latest_first_.back().sql);
    latest_first_.pop_back();
  }
  latest_first_.push_front({std::move(sql), std::move(statement)});
  by_sql_.emplace(latest_first_.front().sql, latest_first_.begin());
  return latest_first_.front().statement.get();
}

database::database(const open_options& options, const std::atomic<bool>& stop)
    : stop_(stop), busy_timeout_(options.busy_timeout), cache_(options.cached_statements) {
  int flags =
      SQLITE_OPEN_NOMUTEX | (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  if (options.create && !options.read_only) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) fail(code, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_handler(
      handle,
      [](void* self, int attempts) {
        return static_cast<database*>(self)->wait_for_lock(attempts) ? 1 : 0;
      },
      this);
  sqlite3_progress_handler(
      handle, instructions_between_looks,
      [](void* self) {
        return static_cast<database*>(self)->stop_.load(std::memory_order_relaxed) ? 1 : 0;
      },
      this);
  if (!options.read_only && options.write_ahead_log) use_write_ahead_log(options);
  run(options.survive_power_loss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  run(options.foreign_keys ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
}

/// Whoever opens a new file first changes its mode, and SQLite does not let the others wait for
/// that: a busy handler could end in a deadlock there.
void database::use_write_ahead_log(const open_options& options) {
  const auto give_up = std::chrono::steady_clock::now() + options.busy_timeout;
  for (;;) {
    try {
      run("PRAGMA journal_mode = WAL");
      return;
    } catch (const failure& error) {
      const bool again = primary(error.code) == errc::busy &&
                         std::chrono::steady_clock::now() < give_up &&
                         !stop_.load(std::memory_order_relaxed);
      if (!again) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

bool database::wait_for_lock(int attempts) noexcept {
  const auto now = std::chrono::steady_clock::now();
  if (attempts == 0) busy_since_ = now;
  if (stop_.load(std::memory_order_relaxed) || now - busy_since_ >= busy_timeout_) return false;
  // Longer and longer, but a cancellation has to wait for no more than the last.
  std::this_thread::sleep_for(std::chrono::milliseconds(std::min(attempts + 1, 10)));
  return true;
}

std::pair<statement_ptr, const char*> database::prepare(const char* sql, const char* end) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = end;
  check(sqlite3_prepare_v3(handle_.get(), sql, static_cast<int>(end - sql),
                           SQLITE_PREPARE_PERSISTENT, &statement, &rest));
  return {statement_ptr(statement), rest};
}

result database::run(const std::string& sql, const parameters& bound, rows* found) {
  const auto changes = sqlite3_total_changes64(handle_.get());
  if (sqlite3_stmt* const known = cache_.find(sql)) {
    step_all(known, bound, found);
  } else {
    const char* const end = sql.data() + sql.size();
    for (const char* next = sql.data(); next != end;) {
      auto [statement, rest] = prepare(next, end);
      const bool only = next == sql.data() && rest == end;
      next = rest;
      if (statement == nullptr) continue;  // a comment, or nothing
      sqlite3_stmt* const kept = only ? cache_.keep(sql, statement) : nullptr;
      step_all(kept == nullptr ? statement.get() : kept, bound, found);
    }
  }
  return {sqlite3_total_changes64(handle_.get()) - changes,
          sqlite3_last_insert_rowid(handle_.get())};
}

void database::roll_back() {
  int code = SQLITE_INTERRUPT;
  // An interrupt that was for what ran before may come now; each comes once.
  while (in_transaction() && code == SQLITE_INTERRUPT)
    code = sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  if (in_transaction()) check(code);
}

void database::step_all(sqlite3_stmt* statement, const parameters& bound, rows* found) {
  if (stop_.load(std::memory_order_relaxed)) fail(SQLITE_INTERRUPT, "interrupted");
  const in_use guard(statement);
  bind(statement, bound);
  std::shared_ptr<column_names> names;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    if (found == nullptr) continue;
    const int columns = sqlite3_data_count(statement);
    if (names == nullptr) {
      names = std::make_shared<column_names>();
      for (int i = 0; i < columns; ++i)
        names->emplace_back(sqlite3_column_name(statement, i));
    }
    std::vector<value> values;
    values.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i)
      values.push_back(column(statement, i));
    found->emplace_back(names, std::move(values));
  }
  if (code != SQLITE_DONE) check(code);
}

void database::bind(sqlite3_stmt* statement, const parameters& bound) {
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != bound.size())
    fail(SQLITE_RANGE, "the statement has not so many parameters");
  int index = 0;
  for (const value& each : bound)
    check(bind_one(statement, ++index, each));
}

void database::check(int code) {
  if (code != SQLITE_OK) fail(code, sqlite3_errmsg(handle_.get()));
}

bool database::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

bool database::read_only() const noexcept {
  return sqlite3_db_readonly(handle_.get(), "main") == 1;
}

void database::interrupt() noexcept { sqlite3_interrupt(handle_.get()); }

}  // namespace asioscope::sqlite::detail
