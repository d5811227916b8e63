// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace shop {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

/// What a route gets to see. Lives until its coroutine has ended.
struct call {
  const request& message;
  std::string_view id;     ///< what stood where the route's pattern says ID
  std::string_view query;  ///< what came after the question mark
};

response answer(http::status status, const json::value& body);
response failure(http::status status, std::string_view sentence);

/// The parameter `name` of the query as a number of at most `largest`; `otherwise` when it is
/// missing or no number.
std::int64_t number(const call& from, std::string_view name, std::int64_t otherwise,
                    std::int64_t largest);

/// The whole text as a number, -1 when it is none.
std::int64_t parse_number(std::string_view text);

}  // namespace shop
