// SPDX-License-Identifier: BSL-1.0
#include "http_server.hpp"

#include "asioscope/instrumentation/co_spawn.hpp"
#include "asioscope/recorder/annotate.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>

#include <fcntl.h>

#include <array>
#include <exception>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace shop {
namespace {

constexpr auto or_error = asio::as_tuple(asio::use_awaitable);

// Asio opens sockets without it, and a child that somebody starts would keep our port.
void close_on_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

/// The answer to bytes that are not a request; nothing when the peer went away or fell silent.
std::optional<response> refuse(const boost::beast::error_code& error) {
  using enum http::error;
  if (error == body_limit) return failure(http::status::payload_too_large, "the body is too large");
  if (error == header_limit) {
    return failure(http::status::request_header_fields_too_large, "the header is too large");
  }
  const bool unintelligible = error.category() == http::make_error_code(end_of_stream).category();
  if (!unintelligible || error == end_of_stream || error == partial_message) return std::nullopt;
  return failure(http::status::bad_request, "this is no HTTP/1.1 request");
}

/// The same header as for GET, and no body.
asio::awaitable<boost::beast::error_code> write(boost::beast::tcp_stream& stream, response& message,
                                                http::verb method) {
  message.prepare_payload();
  if (method != http::verb::head) {
    auto [error, bytes] = co_await http::async_write(stream, message, or_error);
    co_return error;
  }
  http::response_serializer<http::string_body> serializer{message};
  auto [error, bytes] = co_await http::async_write_header(stream, serializer, or_error);
  co_return error;
}

/// The id of the distributed trace that a request belongs to; empty when its sender says nothing.
/// Source: W3C Trace Context, the header "traceparent": version-id-parent-flags.
std::string_view trace_id_of(const request& message) {
  constexpr std::size_t begin = 3;
  constexpr std::size_t length = 32;
  const std::string_view header = message["traceparent"];
  return header.size() > begin + length ? header.substr(begin, length) : std::string_view();
}

asio::awaitable<response> run(const router::match& route, const request& message) {
  // Begins in a handler of its own, so that the time it takes is this request's and not its
  // connection's.
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
  asioscope::set_trace_id(trace_id_of(message));
  if (route.answers != nullptr) {
    const call from{.message = message, .id = route.id, .query = route.query};
    co_return co_await (*route.answers)(from);
  }
  if (route.allowed.empty()) co_return failure(http::status::not_found, "there is nothing here");
  auto refusal = failure(http::status::method_not_allowed, "not with this method");
  refusal.set(http::field::allow, route.allowed);
  co_return refusal;
}

/// Takes what the peer still sends before the socket closes: closing on unread bytes would reset
/// the connection, and the peer might never see the answer.
asio::awaitable<void> hang_up(boost::beast::tcp_stream& stream) {
  boost::beast::error_code failed;
  stream.socket().shutdown(tcp::socket::shutdown_send, failed);
  stream.expires_after(std::chrono::seconds{1});
  std::array<char, 4096> unwanted;
  while (!failed) {
    std::tie(failed, std::ignore) =
        co_await stream.async_read_some(asio::buffer(unwanted), or_error);
  }
}

}  // namespace

http_server::http_server(asio::io_context& loop, const tcp::endpoint& address, const router& routes,
                         limits allowed)
    : routes_(routes), limits_(allowed), acceptor_(loop), changed_(loop) {
  try {
    acceptor_.open(address.protocol());
    close_on_exec(acceptor_.native_handle());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(address);
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    std::ostringstream sentence;
    sentence << "cannot listen on " << address << ": " << error.code().message();
    throw std::runtime_error(sentence.str());
  }
}

asio::awaitable<void> http_server::serve() {
  const auto executor = acceptor_.get_executor();
  while (acceptor_.is_open()) {
    while (connections_.size() >= limits_.connections) {
      changed_.expires_at(asio::steady_timer::time_point::max());
      co_await changed_.async_wait(or_error);
    }
    auto [error, socket] = co_await acceptor_.async_accept(or_error);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {  // out of descriptors, most likely: connections that end will free some
      asio::steady_timer pause(executor, std::chrono::milliseconds{100});
      co_await pause.async_wait(or_error);
      continue;
    }
    close_on_exec(socket.native_handle());
    const auto peer = connections_.emplace(connections_.end(), std::move(socket));
    asioscope::co_spawn(executor, "connection", converse(peer), asio::detached);
  }
}

asio::awaitable<void> http_server::converse(std::list<connection>::iterator peer) {
  try {
    co_await exchange(*peer);
  } catch (...) {
    forget(peer);
    throw;
  }
  forget(peer);
}

asio::awaitable<void> http_server::exchange(connection& peer) {
  auto& stream = peer.stream;
  boost::beast::flat_buffer buffer;  // outlives a request: it may hold the beginning of the next
  for (bool keep_alive = true; keep_alive && acceptor_.is_open();) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(limits_.body_bytes);
    stream.expires_after(limits_.idle);
    auto [error, bytes] = co_await http::async_read(stream, buffer, parser, or_error);

    peer.answering = true;
    std::optional<response> message;
    if (error) {
      message = refuse(error);
      if (!message) co_return;
    } else {
      message = co_await respond(parser.get());
    }
    keep_alive = !error && parser.keep_alive() && acceptor_.is_open();
    message->keep_alive(keep_alive);
    stream.expires_after(limits_.idle);
    if (co_await write(stream, *message, parser.get().method())) co_return;
    peer.answering = false;
  }
  co_await hang_up(stream);
}

asio::awaitable<response> http_server::respond(const request& message) const {
  const auto route =
      routes_.find(message.method(), {message.target().data(), message.target().size()});
  const auto executor = co_await asio::this_coro::executor;
  try {
    co_return co_await asioscope::co_spawn(executor, route.name, run(route, message),
                                           asio::use_awaitable);
  } catch (const std::exception&) {
    // asioscope reports what was thrown; the peer need not know.
    co_return failure(http::status::internal_server_error, "the shop made a mistake");
  }
}

void http_server::stop() {
  acceptor_.close();
  for (auto& peer : connections_) {
    if (!peer.answering) peer.stream.close();
  }
}

asio::awaitable<void> http_server::drain(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!connections_.empty() && std::chrono::steady_clock::now() < deadline) {
    changed_.expires_at(deadline);
    co_await changed_.async_wait(or_error);
  }
}

void http_server::forget(std::list<connection>::iterator peer) {
  connections_.erase(peer);
  changed_.cancel();
}

}  // namespace shop
