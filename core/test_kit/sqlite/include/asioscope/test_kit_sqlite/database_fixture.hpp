// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/pool.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace asioscope::test_kit {

/// A fixture with an SQLite database of its own, fresh for each test: made in a temporary file
/// before `async_set_up`, with the schema that the test's fixture says; closed and removed after
/// `async_tear_down`, however the test ends. A connection that the test has not given back by then
/// fails it.
///
/// SQLite's threads know the real clock only: when nothing else is ready, virtual time waits 20 ms
/// of real time for them before each jump (`options`, and `real_work` for what takes longer).
/// `Base` may be another fixture.
template <class Base = async_fixture>
class basic_database_fixture : public Base {
 protected:
  /// Statements that make the tables.
  virtual std::string schema() const { return {}; }
  virtual core::pool_options pool_options() const { return {}; }
  /// Its path is the kit's.
  virtual sqlite::open_options open_options() const {
    sqlite::open_options fast;
    fast.survive_power_loss = false;
    return fast;
  }

  run_options options() const override {
    run_options patient = Base::options();
    patient.patience = std::chrono::milliseconds(20);
    patient.stuck_after = std::chrono::seconds(10);
    return patient;
  }

  /// One that is the test's, with all tables.
  sqlite::connection& connection() noexcept { return **connection_; }
  /// For more of them.
  sqlite::pool& database() noexcept { return *pool_; }
  std::string database_file() const { return folder_->path() + "/data"; }

  boost::asio::awaitable<void> before_set_up() override {
    co_await Base::before_set_up();
    folder_.emplace();
    sqlite::open_options file = open_options();
    file.path = database_file();
    pool_.emplace(
        sqlite::make_pool(co_await boost::asio::this_coro::executor, file, pool_options()));
    connection_.emplace(co_await pool_->async_acquire(boost::asio::use_awaitable));
    const std::string tables = schema();
    if (tables.empty()) co_return;
    const auto [error, done] = co_await connection().async_execute(
        tables, boost::asio::as_tuple(boost::asio::use_awaitable));
    if (error) throw std::runtime_error("the schema: " + connection().last_message());
  }

  boost::asio::awaitable<void> after_tear_down() override {
    connection_.reset();
    if (pool_.has_value()) {
      const auto [error] = co_await pool_->async_close_for(
          std::chrono::seconds(10), boost::asio::as_tuple(boost::asio::use_awaitable));
      if (error) ADD_FAILURE() << "a connection was not given back: " << error.message();
    }
    pool_.reset();
    folder_.reset();
    co_await Base::after_tear_down();
  }

 private:
  std::optional<temporary_folder> folder_;
  std::optional<sqlite::pool> pool_;
  std::optional<sqlite::pooled_connection> connection_;
};

using database_fixture = basic_database_fixture<>;

}  // namespace asioscope::test_kit
