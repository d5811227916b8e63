// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "router.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <cstddef>
#include <list>

namespace shop {

using tcp = asio::ip::tcp;

/// HTTP/1.1 with keep-alive and pipelining. Every request is a task of its own, named after its
/// route.
///
/// Thread safety: none; it lives on the one thread that runs its loop.
class http_server {
 public:
  /// What a peer may ask for before it is turned away.
  struct limits {
    std::chrono::milliseconds idle{
        std::chrono::seconds{60}};   ///< to send a request, or to take an answer
    std::size_t connections = 2000;  ///< more wait in the kernel's queue
    std::uint32_t header_bytes = 8 * 1024;
    std::uint64_t body_bytes = 64 * 1024;
  };

  /// Listens at once. \throws std::runtime_error when the address cannot be had.
  http_server(asio::io_context& loop, const tcp::endpoint& address, const router& routes,
              limits allowed);

  [[nodiscard]] tcp::endpoint address() const { return acceptor_.local_endpoint(); }

  /// Accepts connections until stop().
  asio::awaitable<void> serve();

  /// No more connections or requests; those being answered get their answer.
  void stop();

  /// Waits until every connection is gone, at most for `patience`. Call after stop().
  asio::awaitable<void> drain(std::chrono::milliseconds patience);

 private:
  struct connection {
    explicit connection(tcp::socket socket) : stream(std::move(socket)) {}
    boost::beast::tcp_stream stream;
    bool answering = false;
  };

  asio::awaitable<void> converse(std::list<connection>::iterator peer);
  asio::awaitable<void> exchange(connection& peer);
  asio::awaitable<response> respond(const request& message) const;
  void forget(std::list<connection>::iterator peer);

  const router& routes_;
  limits limits_;
  tcp::acceptor acceptor_;
  std::list<connection> connections_;
  asio::steady_timer changed_;  ///< cancelled whenever a connection has ended
};

}  // namespace shop
