// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/http_client.hpp"

#include "http_exchange.hpp"

#include "asioscope/core/error.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <limits>
#include <utility>
#include <vector>

namespace asioscope::test_kit {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

struct connection {
  explicit connection(const asio::any_io_executor& executor) : socket(executor) {}
  ~connection() { exchange->end(); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  tcp::socket socket;
  boost::beast::flat_buffer buffer{};
  std::shared_ptr<detail::http_exchange> exchange = std::make_shared<detail::http_exchange>();
  bool used = false;
};

/// Closes the connection when the time is over. Owned by the request and by the timer's handler,
/// which may be on its way when the request has ended.
struct alarm {
  explicit alarm(const asio::any_io_executor& executor) : timer(executor) {}
  virtual_timer timer;
  std::shared_ptr<connection> ends{};
  bool rang = false;
};

/// Ends with the request, however that ends.
class alarm_owner {
 public:
  alarm_owner(const asio::any_io_executor& executor, std::chrono::nanoseconds most)
      : alarm_(std::make_shared<alarm>(executor)) {
    if (most.count() <= 0) return;
    alarm_->timer.expires_after(most);
    alarm_->timer.async_wait([shared = alarm_](error_code error) {
      if (error || shared->ends == nullptr) return;
      shared->rang = true;
      shared->ends->socket.close(error);
    });
  }
  alarm_owner(const alarm_owner&) = delete;
  alarm_owner& operator=(const alarm_owner&) = delete;
  ~alarm_owner() {
    alarm_->ends.reset();
    alarm_->timer.cancel();
  }

  void watch(std::shared_ptr<connection> which) { alarm_->ends = std::move(which); }
  bool rang() const noexcept { return alarm_->rang; }

 private:
  std::shared_ptr<alarm> alarm_;
};

http::request<http::string_body> wire(http_request&& request, const http_headers& always,
                                      std::uint16_t port) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  message.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  for (const auto& [name, value] : always)
    if (!request.headers.contains(name)) message.insert(name, value);
  for (const auto& [name, value] : request.headers)
    message.insert(name, value);
  message.body() = std::move(request.body);
  message.prepare_payload();
  return message;
}

http_response plain(const http::response<http::string_body>& message) {
  http_response result(message.result_int(), message.body());
  for (const auto& each : message)
    result.headers.add(std::string(each.name_string()), std::string(each.value()));
  return result;
}

}  // namespace

struct http_client::state {
  asio::any_io_executor executor;
  std::uint16_t port;
  std::weak_ptr<http_server::state> server;
  http_headers headers{};
  std::chrono::nanoseconds timeout{};
  std::vector<std::shared_ptr<connection>> idle{};
  std::size_t opened = 0;

  /// One that is kept alive, or a new one that is not connected yet.
  std::shared_ptr<connection> take(bool fresh) {
    if (fresh || idle.empty()) return std::make_shared<connection>(executor);
    auto last = std::move(idle.back());
    idle.pop_back();
    return last;
  }

  asio::awaitable<error_code> connect(connection& to) {
    ++opened;
    error_code error;
    to.socket.open(tcp::v4(), error);
    if (!error) to.socket.bind({asio::ip::address_v4::loopback(), 0}, error);
    if (error) co_return error;
    // It shall know whom it accepts.
    if (const auto known = server.lock())
      known->expected[to.socket.local_endpoint().port()] = to.exchange;
    std::tie(error) =
        co_await to.socket.async_connect({asio::ip::address_v4::loopback(), port}, no_throw);
    if (!error) to.socket.set_option(tcp::no_delay(true), error);
    co_return error;
  }
};

http_client::http_client(const http_server& server)
    : state_(new state{server.state_->running->get_executor(), server.port(), server.state_}) {}

http_client::http_client(const asio::any_io_executor& executor, std::uint16_t port)
    : state_(new state{executor, port, {}}) {}

http_client::~http_client() = default;

void http_client::header(std::string_view name, std::string value) {
  state_->headers.set(name, std::move(value));
}

void http_client::timeout(std::chrono::nanoseconds most) noexcept { state_->timeout = most; }

asio::awaitable<http_response> http_client::get(std::string target) {
  return send(http_request("GET", std::move(target)));
}

asio::awaitable<http_response> http_client::post(std::string target, std::string body) {
  return send(http_request("POST", std::move(target), std::move(body)));
}

asio::awaitable<http_response> http_client::put(std::string target, std::string body) {
  return send(http_request("PUT", std::move(target), std::move(body)));
}

asio::awaitable<http_response> http_client::del(std::string target) {
  return send(http_request("DELETE", std::move(target)));
}

asio::awaitable<http_response> http_client::send(http_request request) {
  const auto message = wire(std::move(request), state_->headers, state_->port);
  alarm_owner alarm(state_->executor, state_->timeout);
  for (bool fresh = false;; fresh = true) {
    const auto to = state_->take(fresh);
    const bool used = std::exchange(to->used, true);
    alarm.watch(to);
    if (!state_->server.expired()) to->exchange->begin();
    error_code error;
    if (!used) error = co_await state_->connect(*to);
    if (!error) {
      http::request_serializer<http::string_body> serializer(message);
      std::tie(error, std::ignore) = co_await http::async_write(to->socket, serializer, no_throw);
    }
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    parser.skip(message.method() == http::verb::head);
    if (!error)
      std::tie(error, std::ignore) =
          co_await http::async_read(to->socket, to->buffer, parser, no_throw);
    to->exchange->end();
    if (error && alarm.rang()) throw boost::system::system_error(core::errc::timed_out);
    // One that was kept alive may have been closed by the other side just before.
    if (error && used && error != asio::error::operation_aborted && !parser.got_some()) continue;
    if (error) throw boost::system::system_error(error);
    if (parser.get().keep_alive()) state_->idle.push_back(to);
    co_return plain(parser.get());
  }
}

std::size_t http_client::connections() const noexcept { return state_->opened; }

void http_client::close() { state_->idle.clear(); }

}  // namespace asioscope::test_kit
