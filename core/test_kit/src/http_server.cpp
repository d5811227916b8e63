// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/http_server.hpp"

#include "http_exchange.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <limits>

namespace asioscope::test_kit {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t largest_request = 64U << 20U;

http_request plain(const http::request<http::string_body>& message) {
  http_request result(std::string(message.method_string()), std::string(message.target()),
                      message.body());
  for (const auto& each : message)
    result.headers.add(std::string(each.name_string()), std::string(each.value()));
  return result;
}

http::response<http::string_body> wire(http_response&& answer, bool keep_alive, bool head) {
  http::response<http::string_body> message;
  message.version(11);
  message.result(answer.status);
  for (const auto& [name, value] : answer.headers)
    message.insert(name, value);
  const bool closes = message[http::field::connection] == "close";
  message.keep_alive(keep_alive && !closes);
  message.body() = std::move(answer.body);
  message.prepare_payload();
  if (head) message.body().clear();
  return message;
}

core::task_pool_options unlimited() {
  core::task_pool_options options;
  options.concurrency = std::numeric_limits<std::size_t>::max();
  options.max_results = 1;
  options.drop_oldest = true;
  return options;
}

/// Not "an exception", as what a route threw is what one wants to know.
std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

http_server::state::state(const asio::any_io_executor& executor)
    : running(std::in_place, executor, unlimited()) {}

asio::awaitable<void> http_server::state::accept(tcp::acceptor acceptor) {
  const auto self = shared_from_this();
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(no_throw);
    if (error || !running.has_value()) co_return;
    ++connections;
    running->try_submit(serve(std::move(socket)));
  }
}

asio::awaitable<void> http_server::state::serve(tcp::socket socket) {
  const auto self = shared_from_this();
  boost::system::error_code error;
  const auto peer = expected.extract(socket.remote_endpoint(error).port());
  const auto exchange = peer.empty() ? std::make_shared<detail::http_exchange>() : peer.mapped();
  socket.set_option(tcp::no_delay(true), error);
  boost::beast::flat_buffer buffer;
  for (bool keep_alive = true; keep_alive;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(largest_request);
    std::tie(error, std::ignore) = co_await http::async_read(socket, buffer, parser, no_throw);
    if (error) co_return;
    exchange->arrived();
    keep_alive = parser.get().keep_alive();
    const http_request& request = received.emplace_back(plain(parser.get()));
    // A copy: others come while the route waits.
    std::optional<http_response> answer = co_await answer_to(http_request(request));
    exchange->answering();
    if (!answer.has_value()) co_return;
    const auto message =
        wire(std::move(*answer), keep_alive, parser.get().method() == http::verb::head);
    keep_alive = message.keep_alive();
    http::response_serializer<http::string_body> serializer(message);
    std::tie(error, std::ignore) = co_await http::async_write(socket, serializer, no_throw);
    if (error) co_return;
  }
  socket.shutdown(tcp::socket::shutdown_send, error);
}

asio::awaitable<std::optional<http_response>> http_server::state::answer_to(
    const http_request& request) {
  const auto of_path = routes.find(request.path());
  if (of_path == routes.end())
    co_return http_response(404, "no route for " + std::string(request.path()) + "\n");
  const auto found = of_path->second.find(request.method);
  if (found == of_path->second.end())
    co_return http_response(405, "no " + request.method + " of this\n");
  std::exception_ptr thrown;
  try {
    const route answer = found->second;  // it may be replaced meanwhile
    co_return co_await answer(request);
  } catch (const hang_up&) {
    co_return std::nullopt;
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return http_response(500, text_of(thrown) + "\n");
}

http_server::http_server(const asio::any_io_executor& executor)
    : state_(std::make_shared<state>(executor)) {
  tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
  state_->port = acceptor.local_endpoint().port();
  state_->running->try_submit(state_->accept(std::move(acceptor)));
}

http_server::~http_server() {
  if (state_ != nullptr) state_->running.reset();
}

std::uint16_t http_server::port() const noexcept { return state_->port; }

std::string http_server::url(std::string_view target) const {
  return "http://127.0.0.1:" + std::to_string(port()) + std::string(target);
}

void http_server::on(std::string_view method, std::string_view path, route answer) {
  state_->routes[std::string(path)][std::string(method)] = std::move(answer);
}

const std::vector<http_request>& http_server::received() const noexcept { return state_->received; }

std::size_t http_server::connections() const noexcept { return state_->connections; }

asio::awaitable<void> http_server::stop() {
  const auto kept = state_;
  kept->running->close();
  kept->running->cancel_tasks();
  co_await kept->running->async_gather(no_throw);
}

}  // namespace asioscope::test_kit
