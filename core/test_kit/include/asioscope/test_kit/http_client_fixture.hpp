// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/http_client.hpp"
#include "asioscope/test_kit/http_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>

#include <optional>

namespace asioscope::test_kit {

/// A fixture with an HTTP server and its client, from before `async_set_up` to after
/// `async_tear_down`, however the test ends. `Base` may be another fixture.
template <class Base = async_fixture>
class basic_http_client_fixture : public Base {
 protected:
  http_server& server() noexcept { return *server_; }
  http_client& client() noexcept { return *client_; }

  boost::asio::awaitable<void> before_set_up() override {
    co_await Base::before_set_up();
    server_.emplace(co_await boost::asio::this_coro::executor);
    client_.emplace(*server_);
  }
  boost::asio::awaitable<void> after_tear_down() override {
    client_.reset();
    if (server_.has_value()) co_await server_->stop();
    server_.reset();
    co_await Base::after_tear_down();
  }

 private:
  std::optional<http_server> server_;
  std::optional<http_client> client_;
};

using http_client_fixture = basic_http_client_fixture<>;

}  // namespace asioscope::test_kit
