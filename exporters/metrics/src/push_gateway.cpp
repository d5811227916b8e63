// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/push_gateway.hpp"

#include "client_socket.hpp"
#include "push_target.hpp"

#include "asioscope/metrics/text_format.hpp"
#include "asioscope/recorder/run_reading.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace asioscope::metrics {

namespace {

namespace http = boost::beast::http;
using answer = http::response<http::string_body>;

constexpr std::uint32_t max_answer_bytes = 64 * 1024;

void refuse_in_handler() {
  if (!recorder::in_run()) return;
  throw std::logic_error(
      "push_gateway: called in a handler, its loop would wait for the gateway: push when the loop "
      "has returned, or on a thread of its own");
}

bool may_stand_in_header(std::string_view value) {
  return std::ranges::none_of(value, [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

answer receive_answer(const client_socket& from, const std::string& where) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(max_answer_bytes);
  parser.body_limit(max_answer_bytes);
  std::array<char, 4096> buffer;
  std::size_t kept = 0;  // at the begin of the buffer: received and not yet understood
  boost::system::error_code error;
  while (!parser.is_done()) {
    const std::size_t count = from.receive(std::span(buffer).subspan(kept));
    if (count == 0) {
      if (parser.got_some()) parser.put_eof(error);
      if (!error && parser.is_done()) break;
      throw std::runtime_error(where + ": hung up in the middle of its answer");
    }
    const std::size_t known = kept + count;
    const std::size_t used = parser.put(boost::asio::buffer(buffer.data(), known), error);
    if (error == http::error::need_more) error = {};
    kept = known - used;
    std::copy(buffer.begin() + used, buffer.begin() + known, buffer.begin());
    if (error || (kept == buffer.size() && !parser.is_done())) {
      throw std::runtime_error(where + ": answered what is not HTTP" +
                               (error ? " (" + error.message() + ")" : std::string()));
    }
  }
  return parser.release();
}

/// What was said, on the one line of an error message.
std::string as_one_line(std::string_view text) {
  constexpr std::size_t longest = 500;
  std::string result(text.substr(0, longest));
  std::ranges::replace_if(
      result, [](char c) { return c >= 0 && c < ' '; }, ' ');
  return result;
}

}  // namespace

struct push_gateway::state {
  explicit state(push_options wanted)
      : options(std::move(wanted)),
        gateway(parse_gateway_url(options.url)),
        path(gateway.path + group_path(options.job, options.grouping)),
        url("http://" + gateway.authority + path),
        families(options.collect) {
    if (!may_stand_in_header(options.authorization)) {
      throw std::invalid_argument("push_options::authorization has control characters");
    }
  }

  void send(const std::string& method, const std::string& body) const;

  const push_options options;
  const gateway_address gateway;
  const std::string path;
  const std::string url;
  collector families;
};

void push_gateway::state::send(const std::string& method, const std::string& body) const {
  std::string request = method + ' ' + path + " HTTP/1.1\r\nHost: " + gateway.authority +
                        "\r\nUser-Agent: asioscope\r\nConnection: close\r\n";
  if (!options.authorization.empty()) {
    request += "Authorization: " + options.authorization + "\r\n";
  }
  if (method != "DELETE") request += "Content-Type: " + std::string(text_content_type) + "\r\n";
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;

  const client_socket connection(gateway.host, gateway.port,
                                 std::chrono::steady_clock::now() + options.deadline);
  connection.send(request);
  const answer said = receive_answer(connection, method + ' ' + url);
  if (said.result_int() / 100 == 2) return;
  throw std::runtime_error(method + ' ' + url + ": " + std::to_string(said.result_int()) + ' ' +
                           std::string(said.reason()) + ": " + as_one_line(said.body()));
}

push_gateway::push_gateway(push_options options)
    : state_(std::make_unique<state>(std::move(options))) {}
push_gateway::~push_gateway() = default;

void push_gateway::push() {
  refuse_in_handler();
  state_->send("PUT", to_text(state_->families.collect()));
}

void push_gateway::add() {
  refuse_in_handler();
  state_->send("POST", to_text(state_->families.collect()));
}

void push_gateway::remove() {
  refuse_in_handler();
  state_->send("DELETE", "");
}

const std::string& push_gateway::url() const noexcept { return state_->url; }

std::string basic_authorization(std::string_view user, std::string_view password) {
  return "Basic " + to_base64(std::string(user) + ':' + std::string(password));
}

std::string bearer_authorization(std::string_view token) { return "Bearer " + std::string(token); }

}  // namespace asioscope::metrics
