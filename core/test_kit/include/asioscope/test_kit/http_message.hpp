// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asioscope::test_kit {

/// In the order in which they are sent; names do not care for case.
class http_headers {
 public:
  /// Replaces all of that name.
  void set(std::string_view name, std::string value);
  /// The first of that name; empty: there is none.
  std::string_view operator[](std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept;
  void add(std::string name, std::string value);

  auto begin() const noexcept { return all_.begin(); }
  auto end() const noexcept { return all_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

struct http_request {
  http_request() = default;
  // No aggregate: g++ 12 destroys those twice that are made in a co_await expression.
  explicit http_request(std::string which, std::string where, std::string what = {})
      : method(std::move(which)), target(std::move(where)), body(std::move(what)) {}

  http_request& header(std::string_view name, std::string value) & {
    headers.set(name, std::move(value));
    return *this;
  }
  http_request&& header(std::string_view name, std::string value) && {
    return std::move(header(name, std::move(value)));
  }
  /// The target without the query.
  std::string_view path() const noexcept {
    return std::string_view(target).substr(0, target.find('?'));
  }

  std::string method = "GET";
  std::string target = "/";
  http_headers headers;
  std::string body;
};

struct http_response {
  http_response() = default;
  explicit http_response(unsigned code, std::string what = {})
      : status(code), body(std::move(what)) {}

  http_response& header(std::string_view name, std::string value) & {
    headers.set(name, std::move(value));
    return *this;
  }
  http_response&& header(std::string_view name, std::string value) && {
    return std::move(header(name, std::move(value)));
  }

  unsigned status = 200;
  http_headers headers;
  std::string body;
};

}  // namespace asioscope::test_kit
