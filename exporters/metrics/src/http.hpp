// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/net/connection.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asioscope::metrics {

/// What a page may depend on. Header fields that came several times are joined by commas.
struct http_request {
  std::string_view path;   ///< as it was sent: nothing is decoded
  std::string_view query;  ///< what follows the '?'
  std::string accept;
  std::string accept_encoding;
  std::string authorization;
};

struct http_page {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< besides the usual ones
};

/// Pages by path. A page is made when it is asked for; one that throws is answered with status 500.
using http_site = std::map<std::string, std::function<http_page(const http_request&)>, std::less<>>;

/// Serves a site over one HTTP/1.0 or 1.1 connection: GET and HEAD, keep-alive, pipelining; long
/// pages are compressed when the peer allows it. Lifetime: the site must outlive the handler.
[[nodiscard]] std::unique_ptr<net::connection_handler> serve_http(const http_site& site);

}  // namespace asioscope::metrics
