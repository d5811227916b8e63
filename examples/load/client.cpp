// SPDX-License-Identifier: BSL-1.0
#include "client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace load {
namespace {

constexpr auto or_error = asio::as_tuple(asio::use_awaitable);

}  // namespace

asio::awaitable<client::outcome> client::send(http::request<http::string_body> request) {
  http::response<http::string_body> response;
  const auto error = co_await exchange(request, response);
  outcome result;
  if (error) {
    result.failure = error.message();
  } else if (http::to_status_class(response.result()) != http::status_class::successful) {
    result.failure = "status " + std::to_string(response.result_int());
  }
  if (error || !response.keep_alive()) {
    stream_.close();
    buffer_.clear();
  }
  const auto location = response[http::field::location];
  result.location.assign(location.data(), location.size());
  co_return result;
}

asio::awaitable<boost::beast::error_code> client::exchange(
    const http::request<http::string_body>& request, http::response<http::string_body>& response) {
  stream_.expires_after(patience);
  if (!stream_.socket().is_open()) {
    auto [failed, server] = co_await stream_.async_connect(servers_, or_error);
    if (failed) co_return failed;
    stream_.socket().set_option(tcp::no_delay(true), failed);
  }
  auto [unsent, written] = co_await http::async_write(stream_, request, or_error);
  if (unsent) co_return unsent;
  auto [unanswered, read] = co_await http::async_read(stream_, buffer_, response, or_error);
  co_return unanswered;
}

}  // namespace load
