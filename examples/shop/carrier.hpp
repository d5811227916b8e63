// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string_view>

namespace shop {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// Another firm, which fetches parcels: a service that the shop depends on and that is not always
/// well. It listens on a port of the loopback interface and answers a line with a line.
class carrier {
 public:
  explicit carrier(asio::io_context& loop);

  [[nodiscard]] tcp::endpoint address() const { return acceptor_.local_endpoint(); }

  /// Serves until stop().
  asio::awaitable<void> serve();
  void stop() { acceptor_.close(); }

  /// It hangs up on whoever calls for so long.
  void refuse_for(std::chrono::milliseconds duration) {
    well_again_ = std::chrono::steady_clock::now() + duration;
  }

 private:
  asio::awaitable<void> answer(tcp::socket caller);

  tcp::acceptor acceptor_;
  std::chrono::steady_clock::time_point well_again_{};
};

/// Calls it, and waits for its answer. \throws boost::system::system_error
asio::awaitable<void> call_carrier(tcp::endpoint where, std::string_view what);

}  // namespace shop
