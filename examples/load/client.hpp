// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <string>

namespace load {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

/// One connection, kept alive from request to request and opened again after a failure.
class client {
 public:
  struct outcome {
    std::string failure;   ///< empty when the answer was 2xx
    std::string location;  ///< of what a POST has created
  };

  client(const asio::any_io_executor& executor, tcp::resolver::results_type servers)
      : stream_(executor), servers_(std::move(servers)) {}

  asio::awaitable<outcome> send(http::request<http::string_body> request);

 private:
  static constexpr std::chrono::seconds patience{30};

  asio::awaitable<boost::beast::error_code> exchange(
      const http::request<http::string_body>& request, http::response<http::string_body>& response);

  boost::beast::tcp_stream stream_;
  tcp::resolver::results_type servers_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace load
