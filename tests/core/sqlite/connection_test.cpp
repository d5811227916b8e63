// SPDX-License-Identifier: BSL-1.0
#include "sqlite_test.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asioscope::sqlite::tests {

namespace {

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

ASYNC_TEST_F(sqlite_test, closes_after_what_is_queued) {  // R7, R1
  connection db = co_await open();
  std::optional<error_code> before;
  db.async_execute("CREATE TABLE t (a)", [&](error_code error, const result&) { before = error; });
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
      db.async_query(sql, [&](error_code error, const rows&) { results.push_back(error); });
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
      db.async_query(sql, [&](error_code, const rows&) { invoked = true; });
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
  std::move(later)(asio::bind_executor(loop, [&](error_code error, const rows& found) {
    EXPECT_FALSE(error);
    EXPECT_EQ(found.at(0).get<std::string>(0), "x");
    where = std::this_thread::get_id();
  }));
  loop.run();
  EXPECT_EQ(where, std::this_thread::get_id());
  db.async_close(asio::use_future).get();
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

}  // namespace asioscope::sqlite::tests
