// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/http_message.hpp"
#include "asioscope/test_kit/http_server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace asioscope::test_kit {

/// Sends requests to a server on 127.0.0.1: `co_await client.get("/x")`. Connections are kept alive
/// and used again; requests at the same time have one each.
///
/// The virtual clock stands still while bytes are under way between this and a `http_server`, and
/// moves on while a route waits for it. Of a server that is not the kit's one cannot know when it
/// waits: there `run_options::patience` says how long the clock waits for it.
///
/// Thread safety: that of its loop's one thread.
/// Cancellation: terminal; ends the request with `operation_aborted`.
/// Lifetime: outlives its requests.
/// Errors: `boost::system::system_error`, with `timed_out` of `core::errc`, and those of the
/// connection. A status is none.
class http_client {
 public:
  explicit http_client(const http_server& server);
  http_client(const boost::asio::any_io_executor& executor, std::uint16_t port);
  http_client(http_client&&) noexcept = default;
  http_client& operator=(http_client&&) = delete;
  ~http_client();

  /// Sent with each request that has none of that name.
  void header(std::string_view name, std::string value);
  /// Of virtual time, for each request from now on, connecting included; 0: none.
  void timeout(std::chrono::nanoseconds most) noexcept;

  boost::asio::awaitable<http_response> get(std::string target);
  boost::asio::awaitable<http_response> post(std::string target, std::string body);
  boost::asio::awaitable<http_response> put(std::string target, std::string body);
  boost::asio::awaitable<http_response> del(std::string target);
  boost::asio::awaitable<http_response> send(http_request request);

  /// That were ever opened.
  std::size_t connections() const noexcept;
  /// Closes those that are kept alive.
  void close();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace asioscope::test_kit
