// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/rate_limited.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::virtual_clock;

asio::awaitable<int> twice(int value) { co_return 2 * value; }

ASYNC_TEST(rate_limited, calls_no_faster_than_that) {
  const auto limited = rate_limited<virtual_clock>(twice, 2, 1s);
  const auto copy = limited;
  const auto begin = virtual_clock::now();
  EXPECT_EQ(co_await limited(1), 2);
  EXPECT_EQ(co_await copy(2), 4);
  EXPECT_EQ(virtual_clock::now() - begin, 0s);
  EXPECT_EQ(co_await limited(3), 6);
  EXPECT_EQ(virtual_clock::now() - begin, 500ms) << "the copies share one limiter";
}

ASYNC_TEST(rate_limited, takes_any_arguments_and_lets_exceptions_through) {
  const auto limited = rate_limited<virtual_clock>(
      [](std::unique_ptr<int> mine, int& yours) -> asio::awaitable<void> {
        yours = *mine;
        throw std::runtime_error("told");
        co_return;
      },
      {.rate = 1, .burst = 5});
  int seen = 0;
  try {
    co_await limited(std::make_unique<int>(7), std::ref(seen));
    ADD_FAILURE();
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(seen, 7);
}

ASYNC_TEST(rate_limited, a_call_outlives_the_wrapper) {
  asio::awaitable<int> first;
  asio::awaitable<int> second;
  {
    const auto limited = rate_limited<virtual_clock>(twice, 1, 1s);
    first = limited(1);
    second = limited(2);
  }
  EXPECT_EQ(co_await std::move(first) + co_await std::move(second), 6);
}

ASYNC_TEST(rate_limited, can_be_cancelled_while_it_waits_and_has_taken_nothing) {
  const auto limited = rate_limited<virtual_clock>(twice, 1, 1s);
  co_await limited(1);
  asio::cancellation_signal cancel;
  std::exception_ptr ended;
  asio::co_spawn(co_await asio::this_coro::executor, limited(2),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&](std::exception_ptr failed, int) { ended = failed; }));
  co_await asioscope::test_kit::yield(3);
  cancel.emit(asio::cancellation_type::terminal);
  co_await asioscope::test_kit::yield(3);
  EXPECT_TRUE(ended);
  const auto begin = virtual_clock::now();
  co_await limited(3);
  EXPECT_EQ(virtual_clock::now() - begin, 1s);
}

TEST(rate_limited,
     belongs_to_no_loop_for_ever) {  // Python's decorator is bound to the loop at import
  const auto limited = rate_limited(twice, 1000, 1s);
  for (int i = 0; i < 2; ++i) {
    asio::io_context loop;
    int got = 0;
    asio::co_spawn(loop, limited(i), [&](std::exception_ptr, int value) { got = value + 1; });
    loop.run();
    EXPECT_EQ(got, 2 * i + 1);
  }
}

TEST(rate_limited, says_which_option_is_wrong) {  // R9
  EXPECT_THROW((void)rate_limited(twice, 0, 1s), config_error);
  EXPECT_THROW((void)rate_limited(twice, 1, 0s), config_error);
}
}  // namespace
