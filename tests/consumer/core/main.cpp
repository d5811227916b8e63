// SPDX-License-Identifier: BSL-1.0
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <asioscope/core/semaphore.hpp>
#include <asioscope/test_kit/async_test.hpp>
#include <asioscope/test_kit/http_client_fixture.hpp>
#include <asioscope/test_kit_sqlite/database_fixture.hpp>

#include <algorithm>
#include <string>

namespace {

namespace asio = boost::asio;
using asioscope::core::semaphore;
using asioscope::test_kit::sleep_for;

ASYNC_TEST(two_doors, let_in_two_at_a_time) {
  const auto executor = co_await asio::this_coro::executor;
  semaphore doors(executor, 2, "doors");
  int inside = 0;
  int most = 0;
  int left = 0;
  for (int guest = 0; guest < 5; ++guest)
    asio::co_spawn(
        executor,
        [&]() -> asio::awaitable<void> {
          const auto permit = co_await doors.async_acquire(asio::use_awaitable);
          most = std::max(most, ++inside);
          co_await sleep_for(std::chrono::hours(1));  // of virtual time
          --inside;
          ++left;
        },
        asio::detached);
  co_await sleep_for(std::chrono::hours(4));
  EXPECT_EQ(most, 2);
  EXPECT_EQ(left, 5);
}

class archive
    : public asioscope::test_kit::basic_database_fixture<asioscope::test_kit::http_client_fixture> {
 protected:
  std::string schema() const override { return "CREATE TABLE letters (text TEXT)"; }
};

ASYNC_TEST_F(archive, keeps_what_it_is_sent) {
  using asioscope::test_kit::http_request;
  using asioscope::test_kit::http_response;
  server().on("POST", "/letters",
              [this](const http_request& request) -> asio::awaitable<http_response> {
                co_await connection().async_execute("INSERT INTO letters VALUES (?)",
                                                    asioscope::sqlite::values(request.body),
                                                    asio::use_awaitable);
                co_return http_response(201);
              });
  EXPECT_EQ((co_await client().post("/letters", "dear")).status, 201U);
  const auto rows =
      co_await connection().async_query("SELECT text FROM letters", asio::use_awaitable);
  EXPECT_EQ(rows.at(0).get<std::string>(0), "dear");
}

}  // namespace
