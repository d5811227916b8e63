// SPDX-License-Identifier: BSL-1.0
#include "sqlite_test.hpp"

#include "asioscope/core/error.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asioscope::sqlite::tests {

namespace {

using clock = std::chrono::steady_clock;

/// Adds rows for ever, in one statement.
const std::string insert_for_ever =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000000000) "
    "INSERT INTO t SELECT i FROM n";

ASYNC_TEST_F(sqlite_test, a_statement_that_runs_too_long_is_ended_and_the_connection_goes_on) {
  connection db = co_await open();
  const auto began = clock::now();
  const auto [late, none] = co_await db.async_query_for(for_ever, 30ms, no_throw);
  EXPECT_EQ(late, core::errc::timed_out);
  EXPECT_EQ(late, boost::system::errc::timed_out);
  EXPECT_GE(clock::now() - began, 30ms);
  const auto [again, nothing] = co_await db.async_query_until(for_ever + " WHERE i > ?", values(0),
                                                              clock::now() + 30ms, no_throw);
  EXPECT_EQ(again, core::errc::timed_out);
  EXPECT_LT(clock::now() - began, 10s);
  EXPECT_EQ(co_await only<int>(db, "SELECT 42"), 42);
}

ASYNC_TEST_F(sqlite_test, one_that_is_quick_enough_succeeds) {
  connection db = co_await open();
  co_await db.async_execute_for("CREATE TABLE t (a)", 1h, use_awaitable);
  co_await db.async_execute_for("INSERT INTO t VALUES (?)", values(7), 1h, use_awaitable);
  const auto later = clock::now() + 1h;
  co_await db.async_execute_until("INSERT INTO t VALUES (8)", later, use_awaitable);
  co_await db.async_execute_until("INSERT INTO t VALUES (?)", values(9), later, use_awaitable);
  EXPECT_EQ((co_await db.async_query_for("SELECT * FROM t", 1h, use_awaitable)).size(), 3U);
  const rows found = co_await db.async_query_for("SELECT * FROM t WHERE a = ?", values(9),
                                                 clock::duration::max(), use_awaitable);
  EXPECT_EQ(found.size(), 1U);
  co_await db.async_reset_for(1h, use_awaitable);
  co_await db.async_close_for(1h, use_awaitable);
}

ASYNC_TEST_F(sqlite_test, one_that_is_late_has_done_nothing) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a)", use_awaitable);
  const auto [late, none] = co_await db.async_execute_for(insert_for_ever, 50ms, no_throw);
  EXPECT_EQ(late, core::errc::timed_out);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 0);
  // Of several, those before.
  const auto [second, nothing] =
      co_await db.async_execute_for("INSERT INTO t VALUES (1);" + insert_for_ever, 50ms, no_throw);
  EXPECT_EQ(second, core::errc::timed_out);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 1);
}

ASYNC_TEST_F(sqlite_test, one_whose_deadline_is_in_the_past_is_not_begun) {
  connection db = co_await open();
  std::vector<error_code> results;
  for (const auto timeout : {0ms, -5ms})
    db.async_execute_for("CREATE TABLE t (a)", timeout,
                         [&](error_code error, auto&&) { results.push_back(error); });
  // Its thread would have begun, and no timer can pass meanwhile.
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM sqlite_master"), 0);
  EXPECT_EQ(results, std::vector(2, make_error_code(core::errc::timed_out)));
  const auto [error] = co_await db.async_close_for(0ms, no_throw);
  EXPECT_EQ(error, core::errc::timed_out);
  EXPECT_FALSE(db.is_open());
}

ASYNC_TEST_F(sqlite_test, one_that_is_late_before_its_turn_leaves_the_others_alone) {
  connection db = co_await open();
  asio::cancellation_signal stop;
  std::optional<error_code> first;
  std::vector<int> order;
  db.async_query(for_ever, asio::bind_cancellation_slot(
                               stop.slot(), [&](error_code error, const rows&) { first = error; }));
  db.async_query_for("SELECT 1", 20ms, [&](error_code error, const rows&) {
    EXPECT_EQ(error, core::errc::timed_out);
    EXPECT_FALSE(first.has_value());
    order.push_back(1);
    stop.emit(asio::cancellation_type::total);
  });
  db.async_query("SELECT 2", [&](error_code error, const rows&) {
    EXPECT_FALSE(error);
    order.push_back(2);
  });
  EXPECT_EQ(co_await only<int>(db, "SELECT 42"), 42);
  EXPECT_EQ(first, asio::error::operation_aborted);
  EXPECT_EQ(order, (std::vector{1, 2}));
}

// The deadline of one that has ended, or of one in the queue, must not end another that runs.
ASYNC_TEST_F(sqlite_test, a_deadline_ends_no_command_but_its_own) {
  connection db = co_await open();
  std::size_t late = 0;
  std::size_t wrong = 0;
  for (int round = 0; round < 300; ++round) {
    // About as long as one takes: it passes before, while and after it runs.
    db.async_query_for("SELECT 1", std::chrono::microseconds(round), [&](error_code error, auto&&) {
      if (error == core::errc::timed_out)
        ++late;
      else if (error)
        ++wrong;
    });
    const auto [error, found] = co_await db.async_query(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) "
        "SELECT count(*) FROM n",
        no_throw);
    if (error || found.at(0).get<int>(0) != 500) ++wrong;
  }
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(late, 0U);
}

ASYNC_TEST_F(sqlite_test, waiting_for_a_lock_counts) {
  open_options options = file();
  options.busy_timeout = 1h;
  connection one = co_await open(options);
  connection two = co_await open(options);
  auto holds = co_await one.async_begin_for(1h, use_awaitable);
  const auto [late, none] = co_await two.async_begin_for(30ms, no_throw);
  EXPECT_EQ(late, core::errc::timed_out);
  EXPECT_FALSE(none.is_open());
  co_await holds.async_rollback_for(1h, use_awaitable);
  auto next = co_await two.async_begin_until(clock::now() + 1h, use_awaitable);
  co_await next.async_commit_for(1h, use_awaitable);
}

ASYNC_TEST_F(sqlite_test, a_statement_that_is_late_ends_its_transaction_if_it_wrote) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a)", use_awaitable);
  auto all = co_await db.async_begin(use_awaitable);
  co_await all.async_execute_for("INSERT INTO t VALUES (1)", 1h, use_awaitable);
  const auto [read, nothing] = co_await all.async_query_for(for_ever, 20ms, no_throw);
  EXPECT_EQ(read, core::errc::timed_out);
  EXPECT_TRUE(all.is_open());
  const auto [write, none] = co_await all.async_execute_for(insert_for_ever, 20ms, no_throw);
  EXPECT_EQ(write, core::errc::timed_out);
  EXPECT_FALSE(all.is_open());
  const auto [commit] = co_await all.async_commit(no_throw);
  EXPECT_EQ(commit, errc::rolled_back);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 0);
}

/// Whose commit has to wait for a reader.
open_options without_log(open_options options) {
  options.write_ahead_log = false;
  options.busy_timeout = 1h;
  return options;
}

ASYNC_TEST_F(sqlite_test, a_commit_that_is_late_while_it_is_done_is_rolled_back) {
  connection db = co_await open(without_log(file()));
  co_await db.async_execute("CREATE TABLE t (a)", use_awaitable);
  connection reader = co_await open(without_log(file()));
  co_await reader.async_execute("BEGIN; SELECT count(*) FROM t", use_awaitable);
  auto all = co_await db.async_begin(use_awaitable);
  co_await all.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
  const auto [late] = co_await all.async_commit_for(30ms, no_throw);
  EXPECT_EQ(late, core::errc::timed_out);
  EXPECT_FALSE(all.is_open()) << "not only when it is dropped";
  co_await reader.async_reset(use_awaitable);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 0);
  auto next = co_await db.async_begin(use_awaitable);
  co_await next.async_execute("INSERT INTO t VALUES (2)", use_awaitable);
  co_await next.async_commit_for(1h, use_awaitable);
  EXPECT_EQ(co_await only<int>(reader, "SELECT a FROM t"), 2);
}

ASYNC_TEST_F(sqlite_test, a_commit_that_is_late_before_its_turn_leaves_the_transaction_open) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a)", use_awaitable);
  auto all = co_await db.async_begin(use_awaitable);
  co_await all.async_execute("INSERT INTO t VALUES (1)", use_awaitable);
  asio::cancellation_signal stop;
  all.async_query(for_ever, asio::bind_cancellation_slot(stop.slot(), asio::detached));
  const auto [late] = co_await all.async_commit_for(20ms, no_throw);
  EXPECT_EQ(late, core::errc::timed_out);
  stop.emit(asio::cancellation_type::total);
  EXPECT_TRUE(all.is_open());
  co_await all.async_commit(use_awaitable);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 1);
}

ASYNC_TEST_F(sqlite_test, a_close_that_is_late_closes_behind_what_is_queued) {
  connection db = co_await open();
  asio::cancellation_signal stop;
  std::optional<error_code> before;
  db.async_query(for_ever, asio::bind_cancellation_slot(
                               stop.slot(), [&](error_code error, auto&&) { before = error; }));
  const auto [late] = co_await db.async_close_for(20ms, no_throw);
  EXPECT_EQ(late, core::errc::timed_out);
  EXPECT_FALSE(db.is_open());
  EXPECT_FALSE(before.has_value()) << "it goes on";
  const auto [error, none] = co_await db.async_query("SELECT 1", no_throw);
  EXPECT_EQ(error, core::errc::closed);
  stop.emit(asio::cancellation_type::total);
  co_await db.async_close(use_awaitable);
  while (!before.has_value())
    co_await test_kit::yield();
  EXPECT_EQ(before, asio::error::operation_aborted);
}

ASYNC_TEST_F(sqlite_test, opening_may_be_late) {
  open_options options = without_log(file());
  connection one = co_await open(options);
  co_await one.async_execute("CREATE TABLE t (a); BEGIN EXCLUSIVE", use_awaitable);
  options.write_ahead_log = true;  // what others have locked cannot be changed to it
  const auto executor = co_await asio::this_coro::executor;
  const auto [late, none] = co_await connection::async_open_for(executor, options, 30ms, no_throw);
  EXPECT_EQ(late, core::errc::timed_out);
  EXPECT_FALSE(none.is_open());
  co_await one.async_reset(use_awaitable);
  connection two =
      co_await connection::async_open_until(executor, options, clock::now() + 1h, use_awaitable);
  EXPECT_EQ(co_await only<int>(two, "SELECT count(*) FROM t"), 0);
}

// Of a deadline and a cancellation, the first says why; the other does not count.
ASYNC_TEST_F(sqlite_test, a_late_one_may_be_cancelled_too) {
  connection db = co_await open();
  for (int round = 0; round < 50; ++round) {
    asio::cancellation_signal signal;
    std::optional<error_code> result;
    db.async_query_for(for_ever, std::chrono::milliseconds(round % 3),
                       asio::bind_cancellation_slot(
                           signal.slot(), [&](error_code error, auto&&) { result = error; }));
    co_await test_kit::yield(2);
    std::this_thread::sleep_for(1ms);
    signal.emit(asio::cancellation_type::total);
    EXPECT_EQ(co_await only<int>(db, "SELECT 42"), 42);
    CO_ASSERT_TRUE(result.has_value());
    EXPECT_TRUE(result == core::errc::timed_out || result == asio::error::operation_aborted);
  }
}

// X2
TEST(sqlite_connection, may_outlive_its_context_with_a_deadline) {
  bool invoked = false;
  connection db;
  {
    asio::io_context loop;
    connection::async_open_for(loop.get_executor(), {.path = ":memory:"}, 1h,
                               [&](error_code, connection opened) { db = std::move(opened); });
    loop.run();
    for (const std::string& sql : {for_ever, std::string("SELECT 1")})
      db.async_query_for(sql, 1h, [&](error_code, const rows&) { invoked = true; });
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_FALSE(invoked);
  EXPECT_FALSE(db.is_open());
}

// X9: and its loop has no work any more, which a timer that is left would be.
TEST(sqlite_connection, its_end_ends_deadlines) {
  asio::io_context loop;
  std::vector<error_code> results;
  {
    connection db;
    connection::async_open_for(loop.get_executor(), {.path = ":memory:"}, 1h,
                               [&](error_code, connection opened) { db = std::move(opened); });
    loop.run();
    for (const std::string& sql : {for_ever, std::string("SELECT 1")})
      db.async_query_for(sql, 1h, [&](error_code error, const rows&) { results.push_back(error); });
  }
  loop.restart();
  loop.run_for(20s);
  EXPECT_TRUE(loop.stopped());
  EXPECT_EQ(results, (std::vector<error_code>(2, asio::error::operation_aborted)));
}

}  // namespace

}  // namespace asioscope::sqlite::tests
