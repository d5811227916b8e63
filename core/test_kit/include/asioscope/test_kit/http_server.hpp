// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/http_message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace asioscope::test_kit {

/// Thrown by a route: the connection is closed without an answer.
struct hang_up {};

/// A real HTTP/1.1 server on a free port of 127.0.0.1, in the loop of the test. Its routes are
/// coroutines of that loop: they may wait on the virtual clock, and check what they are sent.
///
/// Thread safety: that of its loop's one thread.
/// Lifetime: the destructor closes everything; `stop` also waits for the routes that still run.
/// Errors: a path without a route is answered with 404, a method without one with 405, a route that
/// throws with 500 and what it threw.
class http_server {
 public:
  using route = std::function<boost::asio::awaitable<http_response>(const http_request&)>;

  /// \throws boost::system::system_error there is no port
  explicit http_server(const boost::asio::any_io_executor& executor);
  http_server(http_server&&) noexcept = default;
  http_server& operator=(http_server&&) = delete;
  ~http_server();

  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:…"
  std::string url(std::string_view target = {}) const;

  /// For one method and path (without query): a coroutine, a function of the request, or a response
  /// that is always the same. The last one given counts.
  void on(std::string_view method, std::string_view path, route answer);
  template <class Function>
  requires std::is_invocable_r_v<http_response, Function&, const http_request&>
  void on(std::string_view method, std::string_view path, Function answer) {
    on(method, path,
       route([answer = std::move(answer)](const http_request& request) mutable
             -> boost::asio::awaitable<http_response> { co_return answer(request); }));
  }
  void on(std::string_view method, std::string_view path, http_response always) {
    on(method, path,
       [always = std::move(always)](const http_request&) -> http_response { return always; });
  }

  /// What has come in, the oldest first.
  const std::vector<http_request>& received() const noexcept;
  /// That were ever accepted: fewer than requests, when they are kept alive.
  std::size_t connections() const noexcept;

  /// Accepts nothing more, cancels what runs and waits for its end. May be called again.
  boost::asio::awaitable<void> stop();

 private:
  friend class http_client;
  struct state;

  std::shared_ptr<state> state_;
};

}  // namespace asioscope::test_kit
