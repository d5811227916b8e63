// SPDX-License-Identifier: BSL-1.0
// A small program with Beast and coroutines, as one finds it in examples: what the hooks do to the
// time it takes to compile, and to its size.
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <exception>
#include <iostream>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

http::response<http::string_body> answer(const http::request<http::string_body>& request) {
  http::response<http::string_body> response{http::status::ok, request.version()};
  response.set(http::field::content_type, "text/plain");
  response.keep_alive(request.keep_alive());
  response.body() = request.target();
  response.prepare_payload();
  return response;
}

asio::awaitable<void> serve(beast::tcp_stream stream) {
  beast::flat_buffer buffer;
  for (;;) {
    stream.expires_after(std::chrono::seconds(30));
    http::request<http::string_body> request;
    co_await http::async_read(stream, buffer, request, asio::use_awaitable);
    auto response = answer(request);
    co_await http::async_write(stream, response, asio::use_awaitable);
    if (!response.keep_alive()) co_return;
  }
}

asio::awaitable<void> listen(tcp::endpoint endpoint) {
  tcp::acceptor acceptor(co_await asio::this_coro::executor, endpoint);
  for (;;)
    asio::co_spawn(acceptor.get_executor(),
                   serve(beast::tcp_stream(co_await acceptor.async_accept(asio::use_awaitable))),
                   [](const std::exception_ptr& failure) {
                     if (failure) std::cerr << "a connection ended\n";
                   });
}

}  // namespace

int main() {
  asio::io_context io(1);
  asio::co_spawn(io, listen({asio::ip::address_v4::loopback(), 8080}), asio::detached);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, auto) { io.stop(); });
  io.run();
}
