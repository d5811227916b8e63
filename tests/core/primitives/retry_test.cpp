// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/retry.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::virtual_clock;
using asioscope::test_kit::yield;
using policy = basic_retry_policy<virtual_clock>;
using testing::ElementsAre;

auto since(virtual_clock::time_point begin) { return virtual_clock::now() - begin; }

/// Fails so many times, and then succeeds. Notes when it was called.
struct flaky {
  asio::awaitable<int> operator()() {
    calls->push_back(virtual_clock::now().time_since_epoch() / 1s);
    const auto number = static_cast<int>(calls->size());
    if (number <= failures) throw std::runtime_error("no " + std::to_string(number));
    co_return number;
  }

  int failures;
  std::shared_ptr<std::vector<std::int64_t>> calls = std::make_shared<std::vector<std::int64_t>>();
};

const retry_options plain{.max_attempts = 3, .base_delay = 1s, .spread = jitter::none};

ASYNC_TEST(retry, returns_what_the_first_good_attempt_returns) {  // fact h5
  const flaky some{.failures = 2};
  const auto begin = virtual_clock::now();
  EXPECT_EQ(co_await retry<virtual_clock>(some, plain), 3);
  EXPECT_EQ(since(begin), 3s);
}

ASYNC_TEST(retry, ends_with_the_last_exception) {  // fact h4: retryN(3) runs 4 times
  const flaky some{.failures = 10};
  auto options = plain;
  options.max_attempts = 4;
  const auto begin = virtual_clock::now();
  try {
    co_await retry<virtual_clock>(some, options);
    ADD_FAILURE();
  } catch (const std::runtime_error& last) {
    EXPECT_STREQ(last.what(), "no 4");
  }
  EXPECT_EQ(some.calls->size(), 4U);
  EXPECT_EQ(since(begin), 1s + 2s + 4s) << "there is no delay after the last attempt";
}

ASYNC_TEST(retry, makes_no_other_attempt_when_told_so) {  // fact h6
  const flaky some{.failures = 10};
  auto options = plain;
  options.decide = [](const failed_attempt&) { return false; };
  EXPECT_FALSE(co_await policy(options).execute(some));
  EXPECT_EQ(some.calls->size(), 1U);
}

ASYNC_TEST(retry, sees_failures_in_codes_outcomes_and_results) {
  const policy three(plain);
  int calls = 0;
  const error_code reset = asio::error::connection_reset;
  EXPECT_EQ(co_await retry(
                [&]() -> asio::awaitable<error_code> {
                  ++calls;
                  co_return reset;
                },
                three),
            reset);
  EXPECT_EQ(calls, 3);
  const auto [error, value] = co_await retry(
      [&]() -> asio::awaitable<std::tuple<error_code, int>> {
        ++calls;
        co_return std::tuple(calls < 5 ? reset : error_code(), 7);
      },
      three);
  EXPECT_FALSE(error);
  EXPECT_EQ(calls, 5);
  const auto ended = co_await retry(
      [&]() -> asio::awaitable<outcome<int>> {
        ++calls;
        co_return reset;
      },
      three);
  EXPECT_EQ(ended.error(), reset);
  EXPECT_EQ(calls, 8);
  const auto busy = [](int status) -> retry_decision { return status == 503; };
  EXPECT_EQ(co_await retry([&]() -> asio::awaitable<int> { co_return ++calls < 10 ? 503 : 200; },
                           three, busy),
            200);
  EXPECT_EQ(co_await retry([&]() -> asio::awaitable<int> { co_return 503; }, three, busy), 503)
      << "the last result is what it ends with";
}

ASYNC_TEST(retry, waits_as_long_as_the_other_side_asks) {  // Retry-After
  auto options = plain;
  options.max_delay = 10s;
  options.decide = [](const failed_attempt& attempt) -> retry_decision {
    return attempt.number == 1 ? retry_decision(30s) : retry_decision(true);
  };
  const auto begin = virtual_clock::now();
  EXPECT_EQ(co_await retry<virtual_clock>(flaky{.failures = 2}, options), 3);
  EXPECT_EQ(since(begin), 30s + 2s);
  const auto by_result = [](int status) -> retry_decision {
    return status == 503 ? retry_decision(7s) : retry_decision(false);
  };
  int calls = 0;
  const auto again = virtual_clock::now();
  co_await retry<virtual_clock>(
      [&]() -> asio::awaitable<int> { co_return ++calls == 1 ? 503 : 200; }, plain, by_result);
  EXPECT_EQ(since(again), 7s);
}

ASYNC_TEST(retry, does_not_begin_to_wait_for_an_attempt_that_would_be_too_late) {  // R8
  auto options = plain;
  options.max_attempts = 10;
  options.total_time = 5s;
  const flaky some{.failures = 10};
  const auto begin = virtual_clock::now();
  EXPECT_FALSE(co_await policy(options).execute(some));
  EXPECT_EQ(since(begin), 3s) << "another 4 s are not left";
  EXPECT_EQ(some.calls->size(), 3U);
}

ASYNC_TEST(retry, cancels_an_attempt_that_takes_too_long) {
  auto options = plain;
  options.attempt_time = 2s;
  int calls = 0;
  const auto begin = virtual_clock::now();
  const auto ended = co_await policy(options).execute([&]() -> asio::awaitable<int> {
    ++calls;
    co_await sleep_for(1h);
    co_return 1;
  });
  EXPECT_EQ(ended.error(), errc::timed_out);
  EXPECT_EQ(ended.error(), boost::system::errc::timed_out);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(since(begin), 3 * 2s + 1s + 2s);
  const auto good = co_await policy(options).execute([&]() -> asio::awaitable<int> {
    co_await sleep_for(1s);
    co_return 8;
  });
  EXPECT_EQ(good.value(), 8);
}

ASYNC_TEST(retry, the_time_for_everything_ends_an_attempt_too) {
  auto options = plain;
  options.total_time = 5s;
  const auto begin = virtual_clock::now();
  const auto ended =
      co_await policy(options).execute([]() -> asio::awaitable<void> { co_await sleep_for(1h); });
  EXPECT_EQ(ended.error(), errc::timed_out);
  EXPECT_EQ(since(begin), 5s);
}

/// Begins, lets `time` pass, cancels; what it ended with, and after how long.
template <class Function>
asio::awaitable<std::pair<error_code, virtual_clock::duration>> cancelled_after(
    virtual_clock::duration time, Function function, retry_options options,
    asio::cancellation_type type = asio::cancellation_type::terminal) {
  asio::cancellation_signal cancel;
  error_code error;
  const auto begin = virtual_clock::now();
  auto end = begin;
  async_retry(co_await asio::this_coro::executor, std::move(function), policy(options),
              asio::bind_cancellation_slot(cancel.slot(), [&](const auto& ended) {
                error = ended.error();
                end = virtual_clock::now();
              }));
  co_await sleep_for(time);
  cancel.emit(type);
  co_await yield(5);
  co_return std::pair(error, end - begin);
}

ASYNC_TEST(retry, stops_at_once_when_cancelled_while_it_waits) {  // X6
  const flaky some{.failures = 10};
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial}) {
    const auto [error, took] = co_await cancelled_after(500ms, some, plain, type);
    EXPECT_EQ(error, asio::error::operation_aborted);
    EXPECT_EQ(took, 500ms);
  }
  EXPECT_EQ(some.calls->size(), 2U);
}

ASYNC_TEST(retry, stops_at_once_when_cancelled_during_an_attempt) {
  for (const auto attempt_time : {std::chrono::nanoseconds::max(), std::chrono::nanoseconds(1h)}) {
    int calls = 0;
    auto options = plain;
    options.attempt_time = attempt_time;
    const auto [error, took] = co_await cancelled_after(
        500ms,
        [&]() -> asio::awaitable<void> {
          ++calls;
          try {
            co_await sleep_for(1h);
          } catch (const boost::system::system_error&) {
            throw std::runtime_error("not what it was");  // hides that it was cancelled
          }
        },
        options);
    EXPECT_EQ(error, asio::error::operation_aborted);
    EXPECT_EQ(took, 500ms);
    EXPECT_EQ(calls, 1);
  }
}

ASYNC_TEST(retry, a_cancelled_one_ends_with_an_outcome_and_throws_nothing) {
  asio::cancellation_signal cancel;
  error_code ended;
  asio::co_spawn(
      co_await asio::this_coro::executor,
      [&]() -> asio::awaitable<void> {
        ended = (co_await policy(plain).execute([] { return sleep_for(1h); })).error();
      },
      asio::bind_cancellation_slot(cancel.slot(), [](const std::exception_ptr&) {}));
  co_await yield(3);
  cancel.emit(asio::cancellation_type::terminal);
  co_await yield(3);
  EXPECT_EQ(ended, asio::error::operation_aborted);
}

ASYNC_TEST(retry, never_repeats_a_cancellation) {
  int calls = 0;
  auto options = plain;
  options.decide = [](const failed_attempt&) { return true; };
  const auto ended = co_await policy(options).execute([&]() -> asio::awaitable<void> {
    ++calls;
    throw boost::system::system_error(asio::error::operation_aborted);
    co_return;
  });
  EXPECT_EQ(ended.error(), asio::error::operation_aborted);
  EXPECT_EQ(calls, 1);
}

ASYNC_TEST(retry, catches_what_is_thrown_before_the_first_wait) {
  int calls = 0;
  const auto ended = co_await policy(plain).execute([&]() -> asio::awaitable<int> {
    ++calls;
    throw std::runtime_error("early");  // not a coroutine
  });
  EXPECT_TRUE(ended.exception());
  EXPECT_EQ(calls, 3);
}

ASYNC_TEST(retry, passes_on_what_functions_of_the_user_throw) {
  auto options = plain;
  options.decide = [](const failed_attempt&) -> retry_decision { throw std::logic_error("mine"); };
  try {
    co_await retry<virtual_clock>(flaky{.failures = 1}, options);
    ADD_FAILURE();
  } catch (const std::logic_error&) {
  }
}

ASYNC_TEST(retry, tells_of_each_retry) {
  std::vector<std::pair<std::size_t, std::int64_t>> told;
  auto options = plain;
  options.on_retry = [&](const failed_attempt& attempt, std::chrono::nanoseconds delay) {
    EXPECT_TRUE(attempt.what.exception);
    told.emplace_back(attempt.number, delay / 1s);
  };
  const policy three(options, "backend");
  (void)co_await three.execute(flaky{.failures = 10});
  (void)co_await three.execute(flaky{.failures = 0});
  EXPECT_THAT(told, ElementsAre(std::pair(1, 1), std::pair(2, 2)));
  EXPECT_EQ(three.operations(), 2U);
  EXPECT_EQ(three.retries(), 2U);
  EXPECT_EQ(three.exhausted(), 1U);
  for (const resource_description& each : describe_resources())
    if (each.name == "backend") {
      EXPECT_EQ(each.kind, resource_kind::retry);
      EXPECT_EQ(each.attributes.size(), 3U);
      co_return;
    }
  ADD_FAILURE() << "not listed";
}

ASYNC_TEST(retry, keeps_to_its_budget) {
  auto options = plain;
  options.budget = std::make_shared<retry_budget>(4, 1);
  const policy three(options);
  const flaky bad{.failures = 1000};
  (void)co_await three.execute(bad);
  EXPECT_EQ(bad.calls->size(), 2U) << "4 tokens: one failure leaves more than half, two do not";
  (void)co_await three.execute(bad);
  EXPECT_EQ(bad.calls->size(), 3U);
  for (int i = 0; i < 4; ++i)
    (void)co_await three.execute(flaky{.failures = 0});
  (void)co_await three.execute(bad);
  EXPECT_EQ(bad.calls->size(), 5U);
}

ASYNC_TEST(retry, repeats_itself_with_a_seed) {
  auto options = plain;
  options.spread = jitter::full;
  options.seed = 5;
  std::vector<virtual_clock::duration> took;
  for (int i = 0; i < 2; ++i) {
    const auto begin = virtual_clock::now();
    (void)co_await policy(options).execute(flaky{.failures = 10});
    took.push_back(since(begin));
  }
  EXPECT_EQ(took[0], took[1]);
  EXPECT_GT(took[0], 0s);
  EXPECT_LT(took[0], 3s);
}

ASYNC_TEST(retry, wraps_functions) {
  int calls = 0;
  const auto add = retrying<virtual_clock>(
      [&](int a, const std::unique_ptr<int>& b) -> asio::awaitable<int> {
        if (++calls < 3) throw std::runtime_error("again");
        co_return a + *b;
      },
      plain);
  EXPECT_EQ(co_await add(1, std::make_unique<int>(2)), 3);
  EXPECT_EQ(calls, 3);
  const auto by_policy = retrying(
      [](int& seen) -> asio::awaitable<void> {
        ++seen;
        co_return;
      },
      policy(plain));
  int seen = 0;
  co_await by_policy(std::ref(seen));
  EXPECT_EQ(seen, 1);
}

ASYNC_TEST(retry, a_call_outlives_the_policy) {
  asio::awaitable<int> call;
  {
    const policy gone(plain);
    call = retry(flaky{.failures = 2}, gone);
  }
  EXPECT_EQ(co_await std::move(call), 3);
}

ASYNC_TEST(retry, takes_completion_tokens) {  // X7, X1
  const auto executor = co_await asio::this_coro::executor;
  const policy three(plain);
  EXPECT_EQ(
      (co_await async_retry(executor, flaky{.failures = 1}, three, asio::use_awaitable)).value(),
      2);
  EXPECT_EQ((co_await async_retry(executor, flaky{.failures = 1}, three, asio::deferred)).value(),
            2);
  auto future = async_retry(executor, flaky{.failures = 0}, three, asio::use_future);
  int got = 0;
  async_retry(executor, flaky{.failures = 0}, three,
              [&](outcome<int> ended) { got = ended.value(); });
  EXPECT_EQ(got, 0);
  co_await yield(5);
  EXPECT_EQ(got, 1);
  EXPECT_EQ(future.get().value(), 1);
}

TEST(retry, can_be_torn_down_everywhere) {  // X5
  asioscope::test_kit::tear_down_everywhere([]() -> asio::awaitable<void> {
    auto options = plain;
    options.attempt_time = 2s;
    int calls = 0;
    (void)co_await policy(options).execute([&]() -> asio::awaitable<void> {
      ++calls;
      co_await sleep_for(calls == 1 ? 1h : 1s);
      if (calls < 3) throw std::runtime_error("again");
    });
  });
}

TEST(retry, works_with_executors_of_any_type) {
  using executor = asio::io_context::executor_type;
  asio::io_context loop;
  int calls = 0;
  auto options = plain;
  options.base_delay = 1us;
  options.attempt_time = 10s;
  asio::co_spawn(loop,
                 retry(
                     [&]() -> asio::awaitable<int, executor> {
                       if (++calls < 3) throw std::runtime_error("again");
                       co_return 1;
                     },
                     options),
                 [](const std::exception_ptr& failed, int) { EXPECT_FALSE(failed); });
  loop.run();
  EXPECT_EQ(calls, 3);
}
}  // namespace
