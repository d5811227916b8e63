// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/semaphore.hpp"
#include "asioscope/sqlite/pool.hpp"
#include "asioscope/test_kit/async_test.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <future>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope;
using namespace std::chrono_literals;
using asio::awaitable;
using asio::use_awaitable;
using sqlite::connection;
using sqlite::values;
using error_code = boost::system::error_code;
constexpr auto no_throw = asio::as_tuple(use_awaitable);

/// Counts to a hundred thousand million: takes long, and is stopped by nothing but an interrupt.
const std::string for_ever =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000000000) "
    "SELECT count(*) FROM n";

/// Throws all functions away, as a strand does whose context ends.
struct discarding_executor {
  asio::io_context* context;

  template <class Function>
  void execute(Function&&) const {}
  asio::execution_context& query(asio::execution::context_t) const noexcept { return *context; }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  friend bool operator==(const discarding_executor&, const discarding_executor&) = default;
};

/// With a database file of its own. The clock is the real one: SQLite's threads know no other.
class sqlite_test : public test_kit::async_fixture {
 protected:
  sqlite_test() { std::filesystem::create_directory(folder_); }
  ~sqlite_test() override { std::filesystem::remove_all(folder_); }
  sqlite_test(const sqlite_test&) = delete;
  sqlite_test& operator=(const sqlite_test&) = delete;

  test_kit::run_options options() const override {
    return {.wall_limit = 60s, .patience = 20s, .stuck_after = 20s};
  }

  sqlite::open_options file() const { return {.path = folder_ + "/data"}; }

  awaitable<connection> open() const {
    co_return co_await connection::async_open(co_await asio::this_coro::executor, file(),
                                              use_awaitable);
  }

 private:
  std::string folder_ = testing::TempDir() + "asioscope_sqlite_" + std::to_string(::getpid()) +
                        "_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

template <class T>
awaitable<T> only(connection& in, std::string sql) {
  const sqlite::rows found = co_await in.async_query(std::move(sql), use_awaitable);
  EXPECT_EQ(found.size(), 1U);
  co_return found.at(0).get<T>(0);
}

// --- statements

ASYNC_TEST_F(sqlite_test, stores_every_type_and_gives_it_back) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a, b, c, d, e, f)", use_awaitable);
  const sqlite::blob bytes{std::byte{0}, std::byte{255}, std::byte{7}};
  const std::string text("zero \0 within", 13);
  const std::optional<std::string> none;
  const auto done = co_await db.async_execute(
      "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
      values(std::numeric_limits<std::int64_t>::min(), 0.1, text, bytes, none, sqlite::blob()),
      use_awaitable);
  EXPECT_EQ(done.changes, 1);
  EXPECT_EQ(done.last_insert_id, 1);
  const sqlite::rows found = co_await db.async_query("SELECT * FROM t", use_awaitable);
  CO_ASSERT_EQ(found.size(), 1U);
  const auto [a, b, c, d, e, f] = found[0]
                                      .as<std::int64_t, double, std::string, sqlite::blob,
                                          std::optional<std::string>, sqlite::blob>();
  EXPECT_EQ(a, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(b, 0.1);
  EXPECT_EQ(c, text);
  EXPECT_EQ(d, bytes);
  EXPECT_EQ(e, std::nullopt);
  EXPECT_EQ(f, sqlite::blob());
  EXPECT_EQ(found[0].get<std::optional<std::string>>("c"), text);
  EXPECT_EQ(found[0].get<double>("b"), 0.1);
}

template <class Function>
error_code code_of(const Function& function) {
  try {
    function();
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
  return {};
}

ASYNC_TEST_F(sqlite_test, columns_of_another_type_are_refused) {
  connection db = co_await open();
  const sqlite::rows found =
      co_await db.async_query("SELECT 300 AS n, 'x' AS s, NULL AS z", use_awaitable);
  const sqlite::row& row = found.at(0);
  EXPECT_EQ(code_of([&] { row.get<std::int8_t>("n"); }), sqlite::errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<unsigned>("s"); }), sqlite::errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<int>("z"); }), sqlite::errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<std::string>("n"); }), sqlite::errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<int>("q"); }), sqlite::errc::range);
  EXPECT_EQ(code_of([&] { row.get<int>(3); }), sqlite::errc::range);
  EXPECT_EQ(row.get<double>("n"), 300.0);
  EXPECT_EQ(row.get<std::optional<int>>("z"), std::nullopt);
  EXPECT_TRUE(row.get<bool>("n"));
}

ASYNC_TEST_F(sqlite_test, errors_have_sqlites_code_and_its_words) {
  connection db = co_await open();
  const auto [missing, none] = co_await db.async_query("SELECT * FROM nowhere", no_throw);
  EXPECT_EQ(missing, sqlite::errc::error);
  EXPECT_EQ(missing.category().name(), std::string("sqlite"));
  EXPECT_EQ(db.last_message(), "no such table: nowhere");
  co_await db.async_execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)", use_awaitable);
  const auto [twice, nothing] = co_await db.async_execute("INSERT INTO t VALUES (1)", no_throw);
  EXPECT_EQ(twice.value(), 2067) << "the extended code";
  EXPECT_EQ(sqlite::primary(twice), sqlite::errc::constraint);
  EXPECT_EQ(db.last_message(), "UNIQUE constraint failed: t.a");
  const auto [count, neither] = co_await db.async_execute("SELECT ?", values(1, 2), no_throw);
  EXPECT_EQ(count, sqlite::errc::range);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 1) << "it goes on";
}

ASYNC_TEST_F(sqlite_test, keeps_statements_prepared_and_each_call_apart) {
  sqlite::open_options options = file();
  options.cached_statements = 2;
  connection db =
      co_await connection::async_open(co_await asio::this_coro::executor, options, use_awaitable);
  for (int round = 0; round < 3; ++round)
    for (const char* const sql : {"SELECT ?1 + 1", "SELECT ?1 + 2", "SELECT ?1 + 3"}) {
      const sqlite::rows found = co_await db.async_query(sql, values(round), use_awaitable);
      EXPECT_EQ(found.at(0).get<int>(0), round + (sql[12] - '0'));
    }
  // What was bound before is not bound any more.
  const auto [error, none] = co_await db.async_query("SELECT ?1 + 3", no_throw);
  EXPECT_EQ(error, sqlite::errc::range);
}

ASYNC_TEST_F(sqlite_test, works_in_write_ahead_mode_and_durably) {
  connection db = co_await open();
  EXPECT_EQ(co_await only<std::string>(db, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(co_await only<int>(db, "PRAGMA synchronous"), 2);
  EXPECT_EQ(co_await only<int>(db, "PRAGMA foreign_keys"), 1);
}

ASYNC_TEST_F(sqlite_test, what_cannot_be_opened_says_why) {
  sqlite::open_options options = file();
  options.create = false;
  const auto executor = co_await asio::this_coro::executor;
  const auto [error, none] = co_await connection::async_open(executor, options, no_throw);
  EXPECT_EQ(error, sqlite::errc::cannot_open);
  EXPECT_FALSE(none.is_open());
  EXPECT_THROW(connection::async_open(executor, {}, asio::detached), core::config_error);
}

ASYNC_TEST_F(sqlite_test, a_read_only_one_writes_nothing) {
  connection writer = co_await open();
  co_await writer.async_execute("CREATE TABLE t (a)", use_awaitable);
  sqlite::open_options options = file();
  options.read_only = true;
  connection reader =
      co_await connection::async_open(co_await asio::this_coro::executor, options, use_awaitable);
  const auto [error, none] = co_await reader.async_execute("INSERT INTO t VALUES (1)", no_throw);
  EXPECT_EQ(error, boost::system::errc::permission_denied);
  auto looking = co_await reader.async_begin(use_awaitable);
  EXPECT_EQ((co_await looking.async_query("SELECT * FROM t", use_awaitable)).size(), 0U);
  co_await looking.async_commit(use_awaitable);
}

// --- transactions

ASYNC_TEST_F(sqlite_test, a_transaction_that_is_dropped_is_rolled_back) {  // R5
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a)", use_awaitable);
  {
    auto all = co_await db.async_begin(use_awaitable);
    co_await all.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
    EXPECT_TRUE(all.is_open());
  }
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 0);
  {
    auto all = co_await db.async_begin(use_awaitable);
    co_await all.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
    co_await all.async_commit(use_awaitable);
    EXPECT_FALSE(all.is_open());
  }
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 1);
  {
    auto all = co_await db.async_begin(use_awaitable);
    co_await all.async_execute("DELETE FROM t", use_awaitable);
    co_await all.async_rollback(use_awaitable);
  }
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 1);
}

ASYNC_TEST_F(sqlite_test, nothing_is_done_outside_of_a_transaction_by_mistake) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK)", use_awaitable);
  auto all = co_await db.async_begin(use_awaitable);
  co_await all.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
  const auto [conflict, none] = co_await all.async_execute("INSERT INTO t VALUES (1)", no_throw);
  EXPECT_EQ(sqlite::primary(conflict), sqlite::errc::constraint);
  const auto [late, nothing] = co_await all.async_execute("INSERT INTO t VALUES (2)", no_throw);
  EXPECT_EQ(late, sqlite::errc::rolled_back);
  const auto [commit] = co_await all.async_commit(no_throw);
  EXPECT_EQ(commit, sqlite::errc::rolled_back);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 0);
}

ASYNC_TEST_F(sqlite_test, an_old_transaction_does_not_end_a_new_one) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a)", use_awaitable);
  auto old = co_await db.async_begin(use_awaitable);
  co_await old.async_rollback(use_awaitable);
  auto fresh = co_await db.async_begin(use_awaitable);
  co_await old.async_rollback(use_awaitable);
  old = {};
  co_await fresh.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
  co_await fresh.async_commit(use_awaitable);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 1);
}

// --- cancellation

ASYNC_TEST_F(sqlite_test, a_statement_is_cancelled_promptly_and_the_connection_goes_on) {  // R3, X6
  connection db = co_await open();
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    std::optional<error_code> result;
    std::optional<error_code> queued;
    db.async_query(for_ever, asio::bind_cancellation_slot(
                                 signal.slot(),
                                 [&](error_code error, const sqlite::rows&) { result = error; }));
    asio::cancellation_signal other;
    db.async_query("SELECT 1", asio::bind_cancellation_slot(
                                   other.slot(),
                                   [&](error_code error, const sqlite::rows&) { queued = error; }));
    // Long enough for it to be running; what follows holds also when it is not.
    std::this_thread::sleep_for(20ms);
    EXPECT_FALSE(result.has_value());
    other.emit(type);
    const auto began = std::chrono::steady_clock::now();
    signal.emit(type);
    EXPECT_EQ(co_await only<int>(db, "SELECT 42"), 42);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_EQ(result, asio::error::operation_aborted);
    EXPECT_EQ(queued, asio::error::operation_aborted);
  }
}

ASYNC_TEST_F(sqlite_test, waiting_for_a_lock_is_cancelled_promptly) {
  sqlite::open_options options = file();
  options.busy_timeout = 1h;
  const auto executor = co_await asio::this_coro::executor;
  connection one = co_await connection::async_open(executor, options, use_awaitable);
  connection two = co_await connection::async_open(executor, options, use_awaitable);
  const auto holds = co_await one.async_begin(use_awaitable);
  asio::cancellation_signal signal;
  std::promise<error_code> ended;
  two.async_begin(asio::bind_cancellation_slot(
      signal.slot(),
      [&](error_code error, const sqlite::transaction&) { ended.set_value(error); }));
  std::this_thread::sleep_for(20ms);
  signal.emit(asio::cancellation_type::total);
  EXPECT_EQ(co_await only<int>(two, "SELECT 42"), 42);
  EXPECT_EQ(ended.get_future().get(), asio::error::operation_aborted);
}

ASYNC_TEST_F(sqlite_test, waits_for_a_lock_only_as_long_as_it_is_told) {
  sqlite::open_options options = file();
  options.busy_timeout = 30ms;
  const auto executor = co_await asio::this_coro::executor;
  connection one = co_await connection::async_open(executor, options, use_awaitable);
  connection two = co_await connection::async_open(executor, options, use_awaitable);
  const auto holds = co_await one.async_begin(use_awaitable);
  const auto began = std::chrono::steady_clock::now();
  const auto [error, none] = co_await two.async_begin(no_throw);
  EXPECT_EQ(error, sqlite::errc::busy);
  EXPECT_EQ(error, boost::system::errc::resource_unavailable_try_again);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 30ms);
}

// R3: cancelling in the middle of a transaction loses neither the connection nor the rest
ASYNC_TEST_F(sqlite_test, a_commit_that_is_cancelled_before_its_turn_leaves_the_transaction_open) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a)", use_awaitable);
  asio::cancellation_signal slow;
  asio::cancellation_signal signal;
  std::optional<error_code> result;
  {
    auto all = co_await db.async_begin(use_awaitable);
    co_await all.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
    all.async_query(for_ever, asio::bind_cancellation_slot(slow.slot(), asio::detached));
    all.async_commit(
        asio::bind_cancellation_slot(signal.slot(), [&](error_code error) { result = error; }));
    signal.emit(asio::cancellation_type::total);
    slow.emit(asio::cancellation_type::total);
    co_await test_kit::yield(3);
    EXPECT_EQ(result, asio::error::operation_aborted);
  }
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 0);
}

// --- the end

ASYNC_TEST_F(sqlite_test, closes_after_what_is_queued) {  // R7, R1
  connection db = co_await open();
  std::optional<error_code> before;
  db.async_execute("CREATE TABLE t (a)",
                   [&](error_code error, const sqlite::result&) { before = error; });
  co_await db.async_close(use_awaitable);
  EXPECT_EQ(before, error_code());
  EXPECT_FALSE(db.is_open());
  const auto [error, none] = co_await db.async_execute("SELECT 1", no_throw);
  EXPECT_EQ(error, core::errc::closed);
  co_await db.async_close(use_awaitable);
}

TEST(sqlite_connection, its_end_aborts_what_runs_and_what_waits) {  // X9
  asio::io_context loop;
  std::vector<error_code> results;
  {
    connection db;
    connection::async_open(loop.get_executor(), {.path = ":memory:"},
                           [&](error_code, connection opened) { db = std::move(opened); });
    loop.run();
    for (const std::string& sql : {for_ever, std::string("SELECT 1")})
      db.async_query(sql, [&](error_code error, const sqlite::rows&) { results.push_back(error); });
    std::this_thread::sleep_for(10ms);
  }
  loop.restart();
  loop.run();
  EXPECT_EQ(results, (std::vector<error_code>(2, asio::error::operation_aborted)));
}

// X2
TEST(sqlite_connection, may_outlive_its_context_with_a_statement_running) {
  bool invoked = false;
  connection db;
  {
    asio::io_context loop;
    connection::async_open(loop.get_executor(), {.path = ":memory:"},
                           [&](error_code, connection opened) { db = std::move(opened); });
    loop.run();
    for (const std::string& sql : {for_ever, std::string("SELECT 1")})
      db.async_query(sql, [&](error_code, const sqlite::rows&) { invoked = true; });
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_FALSE(invoked);
  EXPECT_FALSE(db.is_open());
}

TEST(sqlite_connection, may_be_left_while_it_is_opened) {
  asio::io_context loop;
  connection::async_open(loop.get_executor(), {.path = ":memory:"}, asio::detached);
}

// X1, X7
TEST(sqlite_connection, works_with_every_kind_of_token) {
  asio::io_context loop;
  asio::thread_pool elsewhere(1);
  auto opened =
      connection::async_open(elsewhere.get_executor(), {.path = ":memory:"}, asio::use_future);
  connection db = opened.get();
  EXPECT_EQ(db.async_query("SELECT 7", asio::use_future).get().at(0).get<int>(0), 7);
  EXPECT_THROW(db.async_execute("nonsense", asio::use_future).get(), boost::system::system_error);
  std::thread::id where;
  auto later = db.async_query("SELECT ?", values("x"), asio::deferred);
  std::move(later)(asio::bind_executor(loop, [&](error_code error, const sqlite::rows& found) {
    EXPECT_FALSE(error);
    EXPECT_EQ(found.at(0).get<std::string>(0), "x");
    where = std::this_thread::get_id();
  }));
  loop.run();
  EXPECT_EQ(where, std::this_thread::get_id());
  db.async_close(asio::use_future).get();
}

// --- the pool

awaitable<std::int64_t> count_rows(sqlite::pool& pool, const std::string& table) {
  co_return co_await core::with_resource(pool, [&](connection& mine) {
    return only<std::int64_t>(mine, "SELECT count(*) FROM " + table);
  });
}

ASYNC_TEST_F(sqlite_test, a_hundred_inserts_through_a_pool_of_ten_leave_a_hundred_rows) {
  const auto executor = co_await asio::this_coro::executor;
  auto pool = sqlite::make_pool(executor, file(), {.max_size = 10});
  co_await core::with_resource(pool, [](connection& mine) -> awaitable<void> {
    co_await mine.async_execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)",
                                use_awaitable);
  });
  core::semaphore done(executor, 100);
  for (int i = 0; i < 100; ++i)
    asio::co_spawn(
        executor,
        [&pool, i, permit = done.try_acquire()]() mutable -> awaitable<void> {
          const auto held = std::move(permit);
          co_await core::with_resource(pool, [i](connection& mine) -> awaitable<void> {
            co_await mine.async_execute("INSERT INTO t VALUES (?, ?)",
                                        values(i, "w" + std::to_string(i)), use_awaitable);
          });
        },
        [](const std::exception_ptr& failure) { EXPECT_EQ(failure, nullptr); });
  { const auto all = co_await done.async_acquire(100, use_awaitable); }
  EXPECT_EQ(co_await count_rows(pool, "t"), 100);
  EXPECT_EQ(pool.stats().total, 10U);
  co_await pool.async_close(use_awaitable);
  EXPECT_EQ(pool.stats().total, 0U);
}

// fact: what is left of a transaction is rolled back before anybody else gets the connection
ASYNC_TEST_F(sqlite_test, a_pooled_connection_comes_back_without_a_transaction) {
  auto pool = sqlite::make_pool(co_await asio::this_coro::executor, file(), {.max_size = 1});
  co_await core::with_resource(pool, [](connection& mine) -> awaitable<void> {
    co_await mine.async_execute("CREATE TABLE t (a)", use_awaitable);
    co_await mine.async_execute("BEGIN; INSERT INTO t VALUES (1)", use_awaitable);
  });
  EXPECT_EQ(co_await count_rows(pool, "t"), 0);
  co_await core::with_resource(pool, [](connection& mine) -> awaitable<void> {
    co_await mine.async_execute("BEGIN", use_awaitable);
  });
  EXPECT_EQ(pool.stats().created, 1U);
  co_await pool.async_close(use_awaitable);
}

ASYNC_TEST_F(sqlite_test, those_who_wait_hear_why_there_is_no_database) {
  sqlite::open_options options = file();
  options.path += "/not/there";
  auto pool = sqlite::make_pool(co_await asio::this_coro::executor, options);
  const auto [error, none] = co_await pool.async_acquire(no_throw);
  EXPECT_EQ(error, sqlite::errc::cannot_open);
}

ASYNC_TEST_F(sqlite_test, a_closed_connection_is_replaced) {
  auto pool = sqlite::make_pool(co_await asio::this_coro::executor, file(), {.max_size = 1});
  {
    const auto mine = co_await pool.async_acquire(use_awaitable);
    co_await mine->async_close(use_awaitable);
  }
  EXPECT_EQ(co_await core::with_resource(
                pool, [](connection& mine) { return only<int>(mine, "SELECT 1"); }),
            1);
  EXPECT_EQ(pool.stats().created, 2U);
  co_await pool.async_close(use_awaitable);
}

/// A child that is killed in the middle; returns what it said was committed.
std::set<int> write_until_killed(const std::string& path, std::size_t lines) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(SQLITE_WRITER, SQLITE_WRITER, path.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::FILE* const said = ::fdopen(ends[0], "r");
  std::set<int> committed;
  int id = 0;
  while (std::fscanf(said, "%d", &id) == 1) {
    committed.insert(id);
    if (committed.size() == lines) ::kill(child, SIGKILL);
  }
  std::fclose(said);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  return committed;
}

ASYNC_TEST_F(sqlite_test, a_kill_in_the_middle_loses_nothing_that_was_committed) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE rows (id INTEGER, part INTEGER)", use_awaitable);
  for (const std::size_t lines : {3U, 50U, 101U}) {
    co_await db.async_execute("DELETE FROM rows", use_awaitable);
    const std::set<int> committed = write_until_killed(file().path, lines);
    EXPECT_GE(committed.size(), lines);
    std::set<int> found;
    const sqlite::rows all =
        co_await db.async_query("SELECT id, count(*) FROM rows GROUP BY id", use_awaitable);
    for (const sqlite::row& each : all) {
      found.insert(each.get<int>(0));
      EXPECT_EQ(each.get<int>(1), 2) << "a transaction is all or nothing";
    }
    for (const int id : committed)
      EXPECT_TRUE(found.contains(id)) << id;
    EXPECT_EQ(co_await only<std::string>(db, "PRAGMA integrity_check"), "ok");
  }
}

// A strand whose context ends destroys what is posted to it at once, on the thread that posts.
TEST(sqlite_connection, may_end_on_its_own_thread) {
  asio::io_context loop;
  std::promise<void> gone;
  struct at_end {
    std::promise<void>* told;
    explicit at_end(std::promise<void>& promise) : told(&promise) {}
    at_end(at_end&& other) noexcept : told(std::exchange(other.told, nullptr)) {}
    ~at_end() {
      if (told != nullptr) told->set_value();
    }
  };
  connection::async_open(discarding_executor{&loop}, {.path = ":memory:"},
                         [end = at_end(gone)](error_code, connection) { ADD_FAILURE(); });
  EXPECT_EQ(gone.get_future().wait_for(20s), std::future_status::ready);
}

}  // namespace
