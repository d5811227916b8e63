// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/connection.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace asioscope::sqlite::tests {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::awaitable;
using asio::use_awaitable;
inline constexpr auto no_throw = asio::as_tuple(use_awaitable);

/// Counts to a hundred thousand million: takes long, and is stopped by nothing but an interrupt.
inline const std::string for_ever =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000000000) "
    "SELECT count(*) FROM n";

/// With a database file of its own. The clock is the real one: SQLite's threads know no other.
class sqlite_test : public test_kit::async_fixture {
 protected:
  test_kit::run_options options() const override {
    return {.wall_limit = 60s, .patience = 20s, .stuck_after = 20s};
  }

  open_options file() const { return {.path = folder_.path() + "/data"}; }

  static awaitable<connection> open(open_options options) {
    co_return co_await connection::async_open(co_await asio::this_coro::executor,
                                              std::move(options), use_awaitable);
  }
  awaitable<connection> open() const { return open(file()); }

 private:
  test_kit::temporary_folder folder_;
};

template <class T>
awaitable<T> only(connection& in, std::string sql) {
  const rows found = co_await in.async_query(std::move(sql), use_awaitable);
  EXPECT_EQ(found.size(), 1U);
  co_return found.at(0).get<T>(0);
}

}  // namespace asioscope::sqlite::tests
