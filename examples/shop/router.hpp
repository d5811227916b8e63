// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "message.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// Finds who answers a request, and what that kind of request is called.
///
/// The name is the route's pattern, never the path that came in: names become metric labels, and
/// their number must not depend on what peers send.
class router {
 public:
  using handler = std::function<asio::awaitable<response>(const call&)>;

  struct match {
    std::string_view name;       ///< e.g. "GET /orders/ID"; lives as long as the router
    const handler* answers;      ///< null when there is no such route
    std::string_view allowed{};  ///< the method that the path does have, when it was not this one
    std::string_view id{};
    std::string_view query{};
  };

  /// A segment "ID" of the pattern matches any text. GET answers HEAD too.
  void add(http::verb method, std::string_view pattern, handler answers);

  [[nodiscard]] match find(http::verb method, std::string_view target) const;

  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  struct route {
    http::verb method;
    std::string name;
    std::string_view pattern;
    handler answers;
  };

  std::vector<route> routes_;
};

}  // namespace shop
