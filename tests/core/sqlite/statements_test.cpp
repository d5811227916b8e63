// SPDX-License-Identifier: BSL-1.0
#include "sqlite_test.hpp"

#include "asioscope/core/config_error.hpp"

#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace asioscope::sqlite::tests {

namespace {

ASYNC_TEST_F(sqlite_test, stores_every_type_and_gives_it_back) {
  connection db = co_await open();
  co_await db.async_execute("CREATE TABLE t (a, b, c, d, e, f)", use_awaitable);
  const blob bytes{std::byte{0}, std::byte{255}, std::byte{7}};
  const std::string text("zero \0 within", 13);
  const std::optional<std::string> none;
  const auto done = co_await db.async_execute(
      "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
      values(std::numeric_limits<std::int64_t>::min(), 0.1, text, bytes, none, blob()),
      use_awaitable);
  EXPECT_EQ(done.changes, 1);
  EXPECT_EQ(done.last_insert_id, 1);
  const rows found = co_await db.async_query("SELECT * FROM t", use_awaitable);
  CO_ASSERT_EQ(found.size(), 1U);
  const auto [a, b, c, d, e, f] =
      found[0].as<std::int64_t, double, std::string, blob, std::optional<std::string>, blob>();
  EXPECT_EQ(a, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(b, 0.1);
  EXPECT_EQ(c, text);
  EXPECT_EQ(d, bytes);
  EXPECT_EQ(e, std::nullopt);
  EXPECT_EQ(f, blob());
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
  const rows found = co_await db.async_query("SELECT 300 AS n, 'x' AS s, NULL AS z", use_awaitable);
  const row& row = found.at(0);
  EXPECT_EQ(code_of([&] { row.get<std::int8_t>("n"); }), errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<unsigned>("s"); }), errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<int>("z"); }), errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<std::string>("n"); }), errc::mismatch);
  EXPECT_EQ(code_of([&] { row.get<int>("q"); }), errc::range);
  EXPECT_EQ(code_of([&] { row.get<int>(3); }), errc::range);
  EXPECT_EQ(row.get<double>("n"), 300.0);
  EXPECT_EQ(row.get<std::optional<int>>("z"), std::nullopt);
  EXPECT_TRUE(row.get<bool>("n"));
}

ASYNC_TEST_F(sqlite_test, errors_have_sqlites_code_and_its_words) {
  connection db = co_await open();
  const auto [missing, none] = co_await db.async_query("SELECT * FROM nowhere", no_throw);
  EXPECT_EQ(missing, errc::error);
  EXPECT_EQ(missing.category().name(), std::string("sqlite"));
  EXPECT_EQ(db.last_message(), "no such table: nowhere");
  co_await db.async_execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)", use_awaitable);
  const auto [twice, nothing] = co_await db.async_execute("INSERT INTO t VALUES (1)", no_throw);
  EXPECT_EQ(twice.value(), 2067) << "the extended code";
  EXPECT_EQ(primary(twice), errc::constraint);
  EXPECT_EQ(db.last_message(), "UNIQUE constraint failed: t.a");
  const auto [count, neither] = co_await db.async_execute("SELECT ?", values(1, 2), no_throw);
  EXPECT_EQ(count, errc::range);
  EXPECT_EQ(co_await only<int>(db, "SELECT count(*) FROM t"), 1) << "it goes on";
}

ASYNC_TEST_F(sqlite_test, keeps_statements_prepared_and_each_call_apart) {
  open_options options = file();
  options.cached_statements = 2;
  connection db =
      co_await connection::async_open(co_await asio::this_coro::executor, options, use_awaitable);
  for (int round = 0; round < 3; ++round)
    for (const char* const sql : {"SELECT ?1 + 1", "SELECT ?1 + 2", "SELECT ?1 + 3"}) {
      const rows found = co_await db.async_query(sql, values(round), use_awaitable);
      EXPECT_EQ(found.at(0).get<int>(0), round + (sql[12] - '0'));
    }
  // What was bound before is not bound any more.
  const auto [error, none] = co_await db.async_query("SELECT ?1 + 3", no_throw);
  EXPECT_EQ(error, errc::range);
}

ASYNC_TEST_F(sqlite_test, works_in_write_ahead_mode_and_durably) {
  connection db = co_await open();
  EXPECT_EQ(co_await only<std::string>(db, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(co_await only<int>(db, "PRAGMA synchronous"), 2);
  EXPECT_EQ(co_await only<int>(db, "PRAGMA foreign_keys"), 1);
}

ASYNC_TEST_F(sqlite_test, what_cannot_be_opened_says_why) {
  open_options options = file();
  options.create = false;
  const auto executor = co_await asio::this_coro::executor;
  const auto [error, none] = co_await connection::async_open(executor, options, no_throw);
  EXPECT_EQ(error, errc::cannot_open);
  EXPECT_FALSE(none.is_open());
  EXPECT_THROW(connection::async_open(executor, {}, asio::detached), core::config_error);
}

ASYNC_TEST_F(sqlite_test, a_read_only_one_writes_nothing) {
  connection writer = co_await open();
  co_await writer.async_execute("CREATE TABLE t (a)", use_awaitable);
  open_options options = file();
  options.read_only = true;
  connection reader =
      co_await connection::async_open(co_await asio::this_coro::executor, options, use_awaitable);
  const auto [error, none] = co_await reader.async_execute("INSERT INTO t VALUES (1)", no_throw);
  EXPECT_EQ(error, boost::system::errc::permission_denied);
  auto looking = co_await reader.async_begin(use_awaitable);
  EXPECT_EQ((co_await looking.async_query("SELECT * FROM t", use_awaitable)).size(), 0U);
  co_await looking.async_commit(use_awaitable);
}

}  // namespace

}  // namespace asioscope::sqlite::tests
