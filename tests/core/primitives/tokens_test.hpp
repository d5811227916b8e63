// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/run.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <thread>
#include <tuple>

namespace asioscope::core::tests {

/// X7: each kind of token can be used. `Ready<E>` is made with an executor of type E and begins,
/// with `start(token)` or `start()`, an operation that need not wait.
template <template <class> class Ready>
void expect_every_token() {
  namespace asio = boost::asio;
  {
    asio::io_context loop;
    Ready<asio::any_io_executor> operation(loop.get_executor());
    auto result = operation.start(asio::use_future);
    std::thread other([&] { loop.run(); });
    result.get();
    other.join();
  }
  test_kit::run([]() -> asio::awaitable<void> {
    Ready<asio::any_io_executor> operation(co_await asio::this_coro::executor);
    co_await operation.start(asio::use_awaitable);
    co_await operation.start(asio::deferred)(asio::use_awaitable);
    const auto results = co_await operation.start(asio::as_tuple(asio::use_awaitable));
    EXPECT_FALSE(std::get<0>(results));
  });
  // The token that belongs to the executor.
  using awaiting = asio::use_awaitable_t<>::executor_with_default<asio::any_io_executor>;
  test_kit::run([]() -> asio::awaitable<void> {
    Ready<awaiting> operation(awaiting(co_await asio::this_coro::executor));
    co_await operation.start();
  });
}

}  // namespace asioscope::core::tests
