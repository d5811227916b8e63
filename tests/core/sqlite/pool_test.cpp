// SPDX-License-Identifier: BSL-1.0
#include "asioscope/sqlite/pool.hpp"

#include "sqlite_test.hpp"

#include "asioscope/core/semaphore.hpp"

#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

namespace asioscope::sqlite::tests {

namespace {

awaitable<std::int64_t> count_rows(pool& pool, const std::string& table) {
  co_return co_await core::with_resource(pool, [&](connection& mine) {
    return only<std::int64_t>(mine, "SELECT count(*) FROM " + table);
  });
}

ASYNC_TEST_F(sqlite_test, a_hundred_inserts_through_a_pool_of_ten_leave_a_hundred_rows) {
  const auto executor = co_await asio::this_coro::executor;
  auto pool = make_pool(executor, file(), {.max_size = 10});
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
  auto pool = make_pool(co_await asio::this_coro::executor, file(), {.max_size = 1});
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
  open_options options = file();
  options.path += "/not/there";
  auto pool = make_pool(co_await asio::this_coro::executor, options);
  const auto [error, none] = co_await pool.async_acquire(no_throw);
  EXPECT_EQ(error, errc::cannot_open);
}

ASYNC_TEST_F(sqlite_test, a_closed_connection_is_replaced) {
  auto pool = make_pool(co_await asio::this_coro::executor, file(), {.max_size = 1});
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

}  // namespace

}  // namespace asioscope::sqlite::tests
