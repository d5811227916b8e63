// SPDX-License-Identifier: BSL-1.0
#include "http.hpp"

#include "gzip.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace asioscope::metrics {

namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t max_header_bytes = 8 * 1024;
// From the first byte of a request to its last.
constexpr std::chrono::seconds request_time{10};

// Below about that, compressing saves no packet.
constexpr std::size_t worth_compressing = 1024;

using request_parser = http::request_parser<http::empty_body>;

struct path_and_query {
  std::string_view path;
  std::string_view query;
};

/// The parts of a request target: "/metrics" and "x=1" of "/metrics?x=1" and also of
/// "http://host/metrics?x=1".
path_and_query split_target(std::string_view target) {
  if (const std::size_t scheme = target.find("://");
      !target.starts_with('/') && scheme != std::string_view::npos) {
    const std::size_t path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  target = target.substr(0, target.find('#'));
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

/// Of a list, RFC 9110 lets a peer send the parts in several fields.
std::string joined(const request_parser::value_type& request, http::field name) {
  std::string result;
  const auto [begin, end] = request.equal_range(name);
  for (auto at = begin; at != end; ++at) {
    if (!result.empty()) result += ", ";
    result.append(at->value().data(), at->value().size());
  }
  return result;
}

/// As RFC 9110 wants it, whatever the program's locale is.
std::string http_date(std::time_t now) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %d %02d:%02d:%02d GMT",
                days.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                months.at(static_cast<std::size_t>(utc.tm_mon)), 1900 + utc.tm_year, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

std::string reason_phrase(unsigned status) {
  return http::obsolete_reason(http::int_to_status(status));
}

http_page plain_page(unsigned status, const std::string& detail = "") {
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .body = std::to_string(status) + ' ' + reason_phrase(status) +
                  (detail.empty() ? "" : ": " + detail) + '\n'};
}

http_page make_page(const http_site::mapped_type& maker, const http_request& request) {
  try {
    return maker(request);
  } catch (const std::exception& error) {
    return plain_page(500, error.what());
  } catch (...) {
    return plain_page(500);
  }
}

bool is_visible(char c) { return c > ' ' && c < 0x7F; }

unsigned status_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::bad_version) return 505;
  return 400;
}

class http_connection : public net::connection_handler {
 public:
  explicit http_connection(const http_site& site) : site_(site) { next_request(); }

  std::size_t on_data(net::connection& self, std::string_view input) override {
    // One answer at a time: a peer that pipelines requests must also read.
    if (self.queued() > 0) return 0;
    if (!std::exchange(in_request_, true)) {
      self.expire_after(request_time);
      // The parser waits for the end of a line, which a TLS handshake need not have.
      if (!is_visible(input.front())) {
        answer(self, plain_page(400, "this port speaks HTTP, without TLS"), {});
        return input.size();
      }
    }
    boost::system::error_code error;
    const std::size_t consumed =
        parser_->put(boost::asio::buffer(input.data(), input.size()), error);
    if (error == http::error::need_more) return consumed;
    if (error) {
      answer(self, plain_page(status_of(error)), {});
      return input.size();
    }
    if (!parser_->is_header_done()) return consumed;
    const bool keep_alive = parser_->is_done() && parser_->keep_alive();
    respond(self, keep_alive);
    if (!keep_alive) return input.size();
    self.expire_after(std::nullopt);
    next_request();
    return consumed;
  }

 private:
  struct framing {
    bool with_body = true;
    bool gzip = false;  // the peer takes it
    bool keep_alive = false;
    bool http_1_0 = false;
    bool allow = false;  // says which methods there are
  };

  void next_request() {
    parser_.emplace();
    parser_->header_limit(max_header_bytes);
    in_request_ = false;
  }

  void respond(net::connection& self, bool keep_alive) const {
    const auto& request = parser_->get();
    const bool head = request.method() == http::verb::head;
    const bool get = request.method() == http::verb::get;
    framing how{.with_body = !head, .keep_alive = keep_alive, .http_1_0 = request.version() < 11};
    const auto [path, query] = split_target({request.target().data(), request.target().size()});
    const http_request asked{path, query, joined(request, http::field::accept),
                             joined(request, http::field::accept_encoding),
                             joined(request, http::field::authorization)};
    how.gzip = accepts_gzip(asked.accept_encoding);
    const auto found = site_.find(path);
    if (!how.http_1_0 && request.find(http::field::host) == request.end()) {
      answer(self, plain_page(400, "no Host"), how);
    } else if (found == site_.end()) {
      answer(self, plain_page(404), how);
    } else if (!get && !head) {
      how.allow = true;
      answer(self, plain_page(405), how);
    } else if (!parser_->is_done()) {
      answer(self, plain_page(413, "no content expected"), how);
    } else {
      answer(self, make_page(found->second, asked), how);
    }
  }

  static void compress(http_page& page) {
    page.body = gzip(page.body);
    page.headers.emplace_back("Content-Encoding", "gzip");
  }

  static void answer(net::connection& self, http_page page, const framing& how) {
    // What an answer may depend on, whether or not this one does.
    page.headers.emplace_back("Vary", "Accept, Accept-Encoding");
    if (how.gzip && page.body.size() >= worth_compressing) compress(page);
    std::string text = "HTTP/1.1 " + std::to_string(page.status) + ' ' +
                       reason_phrase(page.status) + "\r\nDate: " + http_date(std::time(nullptr)) +
                       "\r\nContent-Type: " + page.content_type +
                       "\r\nContent-Length: " + std::to_string(page.body.size()) +
                       "\r\nCache-Control: no-store\r\n";
    for (const auto& [name, value] : page.headers)
      text.append(name).append(": ").append(value).append("\r\n");
    if (how.allow) text += "Allow: GET, HEAD\r\n";
    if (!how.keep_alive) {
      text += "Connection: close\r\n";
    } else if (how.http_1_0) {
      text += "Connection: keep-alive\r\n";
    }
    text += "\r\n";
    if (how.with_body) text += page.body;
    if (!self.send(std::move(text))) self.drop("the answer is too large");
    if (!how.keep_alive) self.finish();
  }

  const http_site& site_;
  std::optional<request_parser> parser_;
  bool in_request_ = false;
};

}  // namespace

std::unique_ptr<net::connection_handler> serve_http(const http_site& site) {
  return std::make_unique<http_connection>(site);
}

}  // namespace asioscope::metrics
