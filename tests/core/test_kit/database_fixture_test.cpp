// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit_sqlite/database_fixture.hpp"

#include "asioscope/test_kit/http_client_fixture.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

namespace asio = boost::asio;
using namespace asioscope;
using namespace asioscope::test_kit;
using asio::use_awaitable;

class library : public database_fixture {
 protected:
  std::string schema() const override {
    return "CREATE TABLE books (title TEXT NOT NULL); CREATE TABLE readers (name TEXT)";
  }
  asio::awaitable<std::int64_t> count_books(sqlite::connection& in) {
    const auto rows = co_await in.async_query("SELECT count(*) FROM books", use_awaitable);
    co_return rows.at(0).get<std::int64_t>(0);
  }
};

ASYNC_TEST_F(library, has_the_tables_and_nothing_in_them) {
  EXPECT_EQ(co_await count_books(connection()), 0);
  co_await connection().async_execute("INSERT INTO books VALUES ('one')", use_awaitable);
  EXPECT_EQ(co_await count_books(connection()), 1);
}

ASYNC_TEST_F(library, is_fresh_for_each_test) {
  EXPECT_EQ(co_await count_books(connection()), 0);
  co_await connection().async_execute("INSERT INTO books VALUES ('two')", use_awaitable);
  EXPECT_EQ(co_await count_books(connection()), 1);
}

ASYNC_TEST_F(library, has_more_connections_to_the_same_file) {
  co_await connection().async_execute("INSERT INTO books VALUES ('one')", use_awaitable);
  const auto other = co_await database().async_acquire(use_awaitable);
  EXPECT_NE(&*other, &connection());
  EXPECT_EQ(co_await count_books(*other), 1);
}

/// Together with another fixture.
class shop : public basic_database_fixture<http_client_fixture> {
 protected:
  std::string schema() const override { return "CREATE TABLE orders (what TEXT)"; }
};

ASYNC_TEST_F(shop, serves_from_its_database) {
  server().on("POST", "/orders",
              [this](const http_request& request) -> asio::awaitable<http_response> {
                co_await connection().async_execute("INSERT INTO orders VALUES (?)",
                                                    sqlite::values(request.body), use_awaitable);
                co_return http_response(201);
              });
  EXPECT_EQ((co_await client().post("/orders", "tea")).status, 201U);
  const auto rows = co_await connection().async_query("SELECT what FROM orders", use_awaitable);
  EXPECT_EQ(rows.at(0).get<std::string>(0), "tea");
}

// --- clean-up

std::string file_of_last;

class careless : public library {
 public:
  explicit careless(void (careless::*what)()) : what_(what) {}
  void TestBody() override {
    run_in_loop([this]() -> asio::awaitable<void> {
      file_of_last = database_file();
      EXPECT_TRUE(std::filesystem::exists(file_of_last));
      (this->*what_)();
      co_return;
    });
  }
  void throws() { throw std::runtime_error("thrown"); }
  void fails() { FAIL() << "failed"; }

 private:
  void (careless::*what_)();
};

bool folder_is_gone() {
  return !std::filesystem::exists(std::filesystem::path(file_of_last).parent_path());
}

TEST(database_fixture, cleans_up_after_a_throw) {
  EXPECT_NONFATAL_FAILURE(careless(&careless::throws).TestBody(), "thrown");
  EXPECT_TRUE(folder_is_gone());
}

TEST(database_fixture, cleans_up_after_a_failed_assertion) {
  EXPECT_FATAL_FAILURE(careless(&careless::fails).TestBody(), "failed");
  EXPECT_TRUE(folder_is_gone());
}

class wrong_schema : public database_fixture {
 public:
  void TestBody() override {
    run_in_loop([]() -> asio::awaitable<void> {
      ADD_FAILURE() << "it was not set up";
      co_return;
    });
  }
  std::string schema() const override {
    file_of_last = database_file();
    return "CREATE TABEL x (y)";
  }
};

TEST(database_fixture, cleans_up_when_the_schema_is_wrong) {
  EXPECT_NONFATAL_FAILURE(wrong_schema().TestBody(), "TABEL");
  EXPECT_TRUE(folder_is_gone());
}

}  // namespace
