// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/task_pool.hpp"
#include "asioscope/test_kit/http_server.hpp"
#include "asioscope/test_kit/real_work.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::test_kit {

namespace detail {

/// What the two ends of a connection know of each other: whether bytes are under way.
class http_exchange {
 public:
  // The client's.
  void begin() {
    wanted_ = true;
    under_way_.emplace();
  }
  void end() {
    wanted_ = false;
    under_way_.reset();
  }
  // The server's.
  void arrived() { under_way_.reset(); }
  void answering() {
    if (wanted_) under_way_.emplace();
  }

 private:
  bool wanted_ = false;
  std::optional<real_work> under_way_;
};

}  // namespace detail

struct http_server::state : std::enable_shared_from_this<http_server::state> {
  explicit state(const boost::asio::any_io_executor& executor);

  using tasks = core::basic_task_pool<void>;

  boost::asio::awaitable<void> accept(boost::asio::ip::tcp::acceptor acceptor);
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<std::optional<http_response>> answer_to(const http_request& request);

  std::map<std::string, std::map<std::string, route, std::less<>>, std::less<>> routes;  // by path
  std::vector<http_request> received;
  std::size_t connections = 0;
  std::uint16_t port = 0;
  /// By their ports: connections of the kit's own clients that have not been accepted yet.
  std::map<std::uint16_t, std::shared_ptr<detail::http_exchange>> expected;
  /// What accepts, and each connection. They own this; without it they end.
  std::optional<tasks> running;
};

}  // namespace asioscope::test_kit
