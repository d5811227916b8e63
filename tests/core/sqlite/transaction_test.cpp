// SPDX-License-Identifier: BSL-1.0
#include "sqlite_test.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace asioscope::sqlite::tests {

namespace {

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
  EXPECT_EQ(primary(conflict), errc::constraint);
  const auto [late, nothing] = co_await all.async_execute("INSERT INTO t VALUES (2)", no_throw);
  EXPECT_EQ(late, errc::rolled_back);
  const auto [commit] = co_await all.async_commit(no_throw);
  EXPECT_EQ(commit, errc::rolled_back);
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

}  // namespace

}  // namespace asioscope::sqlite::tests
