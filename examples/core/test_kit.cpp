// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/semaphore.hpp"
#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/http_client_fixture.hpp"
#include "asioscope/test_kit/mock_executor.hpp"
#include "asioscope/test_kit/no_stall.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"
#include "asioscope/test_kit_sqlite/database_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>

namespace {

namespace asio = boost::asio;
using namespace asioscope;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;

class weather : public http_client_fixture {
 protected:
  asio::awaitable<void> async_set_up() override {
    server().on("GET", "/today", http_response(200, "sunny").header("Cache-Control", "no-store"));
    server().on("GET", "/next-year", [](const http_request&) -> asio::awaitable<http_response> {
      co_await sleep_for(std::chrono::hours(5));  // of virtual time
      co_return http_response(200, "who knows");
    });
    co_return;
  }
};

ASYNC_TEST_F(weather, is_known_for_today) {
  const http_response today = co_await client().get("/today");
  EXPECT_EQ(today.status, 200U);
  EXPECT_EQ(today.body, "sunny");
  EXPECT_EQ(today.headers["cache-control"], "no-store");
}

ASYNC_TEST_F(weather, takes_too_long_for_next_year) {
  client().timeout(10s);
  try {
    co_await client().get("/next-year");
    CO_FAIL();
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), core::errc::timed_out);
  }
}

class library : public database_fixture {
 protected:
  std::string schema() const override { return "CREATE TABLE books (title TEXT NOT NULL)"; }
};

ASYNC_TEST_F(library, keeps_books) {
  co_await connection().async_execute("INSERT INTO books VALUES (?)", sqlite::values("Momo"),
                                      asio::use_awaitable);
  const auto other = co_await database().async_acquire(asio::use_awaitable);
  const auto rows = co_await other->async_query("SELECT title FROM books", asio::use_awaitable);
  EXPECT_EQ(rows.at(0).get<std::string>(0), "Momo");
}

TEST(semaphore, posts_what_it_grants) {
  asio::io_context context;
  const mock_executor mock(context);
  core::semaphore one(asio::any_io_executor(mock), 1);
  auto held = one.try_acquire();
  bool granted = false;
  one.async_acquire([&](core::error_code, core::semaphore::permit) { granted = true; });
  held.release();
  ASSERT_EQ(mock.pending(), std::vector{submission::posted});
  EXPECT_FALSE(granted);
  mock.run_one();
  EXPECT_TRUE(granted);
}

TEST(parser, does_not_block_the_loop) {
  loop in;
  ASSERT_NO_STALL(in, 20ms);
  for (int i = 0; i < 10'000; ++i)
    asio::post(in.context(), [] { /* parses one line */ });
  in.run();
}

}  // namespace
