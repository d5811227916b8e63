// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/event_loop.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace asioscope::core {
namespace {
namespace asio = boost::asio;

static_assert(event_loop::backend() == "io_uring");

TEST(event_loop, waits_with_io_uring_when_it_is_built_for_it) {
  const auto loop = std::make_unique<event_loop>();
  try {
    const asio::steady_timer timer(loop->get_executor());
  } catch (const boost::system::system_error& error) {
    GTEST_SKIP() << "io_uring is not permitted here: " << error.what();
  }
  loop->spawn("waits", []() -> asio::awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
  });
  EXPECT_EQ(loop->run().end, loop_end::finished);
  EXPECT_EQ(loop->tasks().counts().succeeded, 1U);
}

}  // namespace
}  // namespace asioscope::core
