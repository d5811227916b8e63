// SPDX-License-Identifier: BSL-1.0
#include "sqlite_test.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>
#include <thread>

namespace asioscope::sqlite::tests {

namespace {

ASYNC_TEST_F(sqlite_test, a_statement_is_cancelled_promptly_and_the_connection_goes_on) {  // R3, X6
  connection db = co_await open();
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    asio::cancellation_signal signal;
    std::optional<error_code> result;
    std::optional<error_code> queued;
    db.async_query(for_ever,
                   asio::bind_cancellation_slot(
                       signal.slot(), [&](error_code error, const rows&) { result = error; }));
    asio::cancellation_signal other;
    db.async_query("SELECT 1",
                   asio::bind_cancellation_slot(
                       other.slot(), [&](error_code error, const rows&) { queued = error; }));
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

ASYNC_TEST_F(sqlite_test, cancelling_one_that_has_ended_leaves_alone_the_one_that_runs) {
  connection db = co_await open();
  asio::cancellation_signal signal;
  std::optional<error_code> first;
  db.async_query("SELECT 1", asio::bind_cancellation_slot(
                                 signal.slot(), [&](error_code error, auto&&) { first = error; }));
  asio::cancellation_signal stop;
  std::optional<error_code> second;
  db.async_query(for_ever, asio::bind_cancellation_slot(
                               stop.slot(), [&](error_code error, auto&&) { second = error; }));
  // Long enough for the first to have ended; nobody has heard of it yet.
  std::this_thread::sleep_for(50ms);
  signal.emit(asio::cancellation_type::total);
  while (!first.has_value())
    co_await test_kit::yield();
  std::this_thread::sleep_for(20ms);
  co_await test_kit::yield(3);
  EXPECT_FALSE(second.has_value());
  stop.emit(asio::cancellation_type::total);
  EXPECT_EQ(co_await only<int>(db, "SELECT 42"), 42);
  EXPECT_EQ(second, asio::error::operation_aborted);
}

ASYNC_TEST_F(sqlite_test, waiting_for_a_lock_is_cancelled_promptly) {
  open_options options = file();
  options.busy_timeout = 1h;
  const auto executor = co_await asio::this_coro::executor;
  connection one = co_await connection::async_open(executor, options, use_awaitable);
  connection two = co_await connection::async_open(executor, options, use_awaitable);
  const auto holds = co_await one.async_begin(use_awaitable);
  asio::cancellation_signal signal;
  std::promise<error_code> ended;
  two.async_begin(asio::bind_cancellation_slot(
      signal.slot(), [&](error_code error, const transaction&) { ended.set_value(error); }));
  std::this_thread::sleep_for(20ms);
  signal.emit(asio::cancellation_type::total);
  EXPECT_EQ(co_await only<int>(two, "SELECT 42"), 42);
  EXPECT_EQ(ended.get_future().get(), asio::error::operation_aborted);
}

ASYNC_TEST_F(sqlite_test, waits_for_a_lock_only_as_long_as_it_is_told) {
  open_options options = file();
  options.busy_timeout = 30ms;
  const auto executor = co_await asio::this_coro::executor;
  connection one = co_await connection::async_open(executor, options, use_awaitable);
  connection two = co_await connection::async_open(executor, options, use_awaitable);
  const auto holds = co_await one.async_begin(use_awaitable);
  const auto began = std::chrono::steady_clock::now();
  const auto [error, none] = co_await two.async_begin(no_throw);
  EXPECT_EQ(error, errc::busy);
  EXPECT_EQ(error, boost::system::errc::resource_unavailable_try_again);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 30ms);
}

}  // namespace

}  // namespace asioscope::sqlite::tests
