// SPDX-License-Identifier: BSL-1.0
// HTTP by Beast, with callbacks and with coroutines: a server and a client on one loop.
#include "scenario.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <exception>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr int exchanges = 20;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

response answer_to(const request& asked) {
  response answer(http::status::ok, asked.version());
  answer.body() = "you sent " + asked.body();
  answer.keep_alive(asked.keep_alive());
  answer.prepare_payload();
  return answer;
}

request question(int n) {
  request asked(http::verb::post, "/", 11);
  asked.set(http::field::host, "localhost");
  asked.body() = std::to_string(n);
  asked.prepare_payload();
  return asked;
}

asio::awaitable<void> serve(tcp::acceptor& acceptor) {
  beast::tcp_stream stream(co_await acceptor.async_accept(asio::use_awaitable));
  beast::flat_buffer buffer;
  for (int i = 0; i < exchanges; ++i) {
    request asked;
    stream.expires_after(std::chrono::seconds(30));
    co_await http::async_read(stream, buffer, asked, asio::use_awaitable);
    const response answer = answer_to(asked);
    co_await http::async_write(stream, answer, asio::use_awaitable);
  }
}

/// Asks one question after the other, by callbacks. Its own handlers are counted one by one.
class client {
 public:
  client(asio::io_context& loop, configurations::tally& t) : stream_(loop), tally_(t) {}

  void connect(const tcp::endpoint& server) {
    stream_.expires_after(std::chrono::seconds(30));
    stream_.async_connect(server, [this](beast::error_code error) {
      if (!error) ask();
    });
  }
  [[nodiscard]] int answered() const { return answered_; }

 private:
  void ask() {
    asked_ = question(answered_);
    http::async_write(stream_, asked_, [this](beast::error_code error, std::size_t) {
      if (!error) read();
    });
  }
  void read() {
    answer_ = {};
    http::async_read(stream_, buffer_, answer_, [this](beast::error_code error, std::size_t) {
      tally_.expect(!error && answer_.body() == "you sent " + asked_.body(), "the right answer");
      if (!error && ++answered_ < exchanges) ask();
    });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  request asked_;
  response answer_;
  configurations::tally& tally_;
  int answered_ = 0;
};

}  // namespace

CONFIGURATIONS_SCENARIO(beast_http) {
  asio::io_context loop;
  tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  client asks(loop, t);
  asks.connect(acceptor.local_endpoint());
  std::exception_ptr failed;
  asio::co_spawn(loop, serve(acceptor), [&](std::exception_ptr error) { failed = error; });
  t.tasks = 1;
  t.ran_on_this_thread(loop.run());
  t.check_now("after run");
  t.expect(failed == nullptr && asks.answered() == exchanges, "every question is answered");
}
