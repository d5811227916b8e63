// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/error.hpp"
#include "asioscope/test_kit/http_client_fixture.hpp"
#include "asioscope/test_kit/real_work.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace {

namespace asio = boost::asio;
using namespace asioscope;
using namespace asioscope::test_kit;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;
using boost::system::error_code;

class http : public http_client_fixture {
 protected:
  /// The error of a request that shall fail.
  asio::awaitable<error_code> error_of(std::string target) {
    try {
      (void)co_await client().get(std::move(target));
    } catch (const boost::system::system_error& error) {
      co_return error.code();
    }
    co_return error_code();
  }
};

ASYNC_TEST_F(http, sends_and_answers) {
  server().on("GET", "/hello", http_response(200, "world").header("X-Mood", "good"));
  server().on("POST", "/echo",
              [](const http_request& request) { return http_response(201, request.body); });
  const http_response hello = co_await client().get("/hello?name=me");
  EXPECT_EQ(hello.status, 200U);
  EXPECT_EQ(hello.body, "world");
  EXPECT_EQ(hello.headers["x-mood"], "good");
  const std::string large(300'000, 'x');
  const http_response echo = co_await client().post("/echo", large);
  EXPECT_EQ(echo.status, 201U);
  EXPECT_EQ(echo.body, large);
  CO_ASSERT_EQ(server().received().size(), 2U);
  EXPECT_EQ(server().received()[0].target, "/hello?name=me");
  EXPECT_EQ(server().received()[0].path(), "/hello");
  EXPECT_EQ(server().received()[1].method, "POST");
}

ASYNC_TEST_F(http, sends_headers_of_the_client_and_of_the_request) {
  server().on("PUT", "/", http_response());
  client().header("Accept", "text/plain");
  client().header("User-Agent", "test");
  co_await client().send(http_request("PUT", "/", "x").header("accept", "*/*"));
  const auto& headers = server().received().at(0).headers;
  EXPECT_EQ(headers["Accept"], "*/*");
  EXPECT_EQ(headers["user-agent"], "test");
  EXPECT_EQ(headers["Host"], "127.0.0.1:" + std::to_string(server().port()));
}

ASYNC_TEST_F(http, says_what_is_wrong_with_a_request) {
  server().on("GET", "/x", http_response());
  server().on("GET", "/bad", [](const http_request&) -> asio::awaitable<http_response> {
    co_await yield();
    throw std::runtime_error("out of paper");
  });
  EXPECT_EQ((co_await client().get("/y")).status, 404U);
  EXPECT_EQ((co_await client().del("/x")).status, 405U);
  const http_response bad = co_await client().get("/bad");
  EXPECT_EQ(bad.status, 500U);
  EXPECT_EQ(bad.body, "out of paper\n");
}

ASYNC_TEST_F(http, keeps_connections_alive) {
  server().on("GET", "/x", http_response());
  server().on("GET", "/last", http_response().header("Connection", "close"));
  for (int i = 0; i < 5; ++i)
    co_await client().get("/x");
  EXPECT_EQ(server().connections(), 1U);
  EXPECT_EQ(client().connections(), 1U);
  co_await client().get("/last");
  co_await client().get("/x");
  EXPECT_EQ(server().connections(), 2U);
  client().close();
  co_await client().get("/x");
  EXPECT_EQ(server().connections(), 3U);
}

ASYNC_TEST_F(http, has_a_connection_for_each_request_at_a_time) {
  int running = 0;
  int most = 0;
  server().on("GET", "/slow", [&](const http_request&) -> asio::awaitable<http_response> {
    most = std::max(most, ++running);
    co_await sleep_for(1s);
    --running;
    co_return http_response();
  });
  const auto began = virtual_clock::now();
  co_await (client().get("/slow") && client().get("/slow") && client().get("/slow"));
  EXPECT_EQ(most, 3);
  EXPECT_EQ(server().connections(), 3U);
  EXPECT_EQ(virtual_clock::now() - began, 1s);
}

ASYNC_TEST_F(http, a_route_may_take_hours_of_virtual_time) {
  server().on("GET", "/slow", [](const http_request&) -> asio::awaitable<http_response> {
    co_await sleep_for(5h);
    co_return http_response(200, "at last");
  });
  const auto began = virtual_clock::now();
  EXPECT_EQ((co_await client().get("/slow")).body, "at last");
  EXPECT_EQ(virtual_clock::now() - began, 5h);
}

// The clock does not jump to the deadline while a packet is under way.
ASYNC_TEST_F(http, time_stands_still_while_bytes_are_under_way) {
  server().on("GET", "/x", http_response(200, std::string(1'000'000, 'x')));
  client().timeout(1ns);
  const auto began = virtual_clock::now();
  virtual_timer soon(co_await asio::this_coro::executor, 1ns);
  soon.async_wait([](error_code) {});
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ((co_await client().get("/x")).body.size(), 1'000'000U);
  EXPECT_EQ(virtual_clock::now(), began);
  EXPECT_FALSE(real_work::any());
}

ASYNC_TEST_F(http, a_request_takes_no_longer_than_its_timeout) {
  server().on("GET", "/slow", [](const http_request&) -> asio::awaitable<http_response> {
    co_await sleep_for(5h);
    co_return http_response();
  });
  server().on("GET", "/x", http_response());
  client().timeout(10s);
  const auto began = virtual_clock::now();
  EXPECT_EQ(co_await error_of("/slow"), core::errc::timed_out);
  EXPECT_EQ(virtual_clock::now() - began, 10s);
  EXPECT_EQ((co_await client().get("/x")).status, 200U);
  EXPECT_FALSE(real_work::any());
}

ASYNC_TEST_F(http, a_request_can_be_cancelled) {
  server().on("GET", "/slow", [](const http_request&) -> asio::awaitable<http_response> {
    co_await sleep_for(5h);
    co_return http_response();
  });
  const auto began = virtual_clock::now();
  co_await (client().get("/slow") || sleep_for(3s));
  EXPECT_EQ(virtual_clock::now() - began, 3s);
  EXPECT_FALSE(real_work::any());
}

ASYNC_TEST_F(http, a_server_may_hang_up) {
  server().on("GET", "/gone", [](const http_request&) -> asio::awaitable<http_response> {
    co_await sleep_for(1s);
    throw hang_up();
  });
  server().on("GET", "/x", http_response());
  EXPECT_TRUE(co_await error_of("/gone"));
  // One that was kept alive and is closed then is tried again once, as browsers do.
  co_await client().get("/x");
  EXPECT_TRUE(co_await error_of("/gone"));
  EXPECT_EQ((co_await client().get("/x")).status, 200U);
}

ASYNC_TEST_F(http, a_server_that_has_stopped_answers_nobody) {
  server().on("GET", "/x", http_response());
  co_await client().get("/x");
  co_await server().stop();
  co_await server().stop();
  EXPECT_TRUE(co_await error_of("/x"));
}

// Ends what still runs, though nobody waits for it.
ASYNC_TEST_F(http, tear_down_ends_what_a_route_still_does) {
  server().on("GET", "/slow", [](const http_request&) -> asio::awaitable<http_response> {
    co_await sleep_for(5h);
    co_return http_response();
  });
  asio::co_spawn(
      co_await asio::this_coro::executor,
      [this]() -> asio::awaitable<void> { EXPECT_TRUE(co_await error_of("/slow")); },
      asio::detached);
  while (server().received().empty())
    co_await yield();
}

ASYNC_TEST_F(http, a_client_of_ones_own_waits_in_real_time) {
  server().on("GET", "/x", http_response(200, "hello"));
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect({asio::ip::address_v4::loopback(), server().port()},
                                asio::use_awaitable);
  const std::string request = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  co_await asio::async_write(socket, asio::buffer(request), asio::use_awaitable);
  std::string answer;
  co_await asio::async_read_until(socket, asio::dynamic_buffer(answer), "hello",
                                  asio::use_awaitable);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(http_tear_down, comes_at_every_point) {
  const std::size_t points = tear_down_everywhere([]() -> asio::awaitable<void> {
    http_server server(co_await asio::this_coro::executor);
    server.on("GET", "/x", [](const http_request&) -> asio::awaitable<http_response> {
      co_await sleep_for(1s);
      co_return http_response();
    });
    http_client client(server);
    client.timeout(5s);
    co_await client.get("/x");
    co_await client.get("/x");
    co_await server.stop();
  });
  EXPECT_GT(points, 10U);
  EXPECT_FALSE(real_work::any());
}

/// Never answers, whatever is done: the loop is stuck, and goes with all that is in it.
class stuck_fixture : public http_client_fixture {
 public:
  void TestBody() override {
    run_in_loop([this]() -> asio::awaitable<void> {
      server().on("GET", "/never", [](const http_request&) -> asio::awaitable<http_response> {
        virtual_timer never(co_await asio::this_coro::executor);
        never.expires_at(virtual_clock::time_point::max());
        co_await sleep_for(1s);
        asio::ip::tcp::acceptor nobody(co_await asio::this_coro::executor,
                                       {asio::ip::address_v4::loopback(), 0});
        co_await nobody.async_accept(asio::use_awaitable);
        co_return http_response();
      });
      co_await client().get("/never");
    });
  }
  run_options options() const override {
    run_options result;
    result.stuck_after = 50ms;
    return result;
  }
};

TEST(http_fixture, survives_a_deadlock) {
  EXPECT_NONFATAL_FAILURE(
      {
        stuck_fixture one;
        one.TestBody();
      },
      "deadlock");
}

}  // namespace
