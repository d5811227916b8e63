// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/retry_delays.hpp"

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/random_source.hpp"

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace {
using namespace std::chrono_literals;
using namespace asioscope::core;
using detail::retry_delays;
using std::chrono::nanoseconds;

nanoseconds delay(const retry_options& options, std::size_t attempt, double uniform = 0.5) {
  return retry_delays(options).after(attempt, uniform);
}

TEST(retry_delays, grow_to_the_maximum) {  // case 22, fact: tenacity
  const retry_options options{.base_delay = 1s, .max_delay = 40s, .spread = jitter::none};
  const std::vector<nanoseconds> expected{1s, 2s, 4s, 8s, 16s, 32s, 40s, 40s};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(delay(options, i + 1), expected[i]);
  EXPECT_EQ(delay(options, 50), 40s);
  EXPECT_EQ(delay(options, std::numeric_limits<std::size_t>::max()), 40s);
}

TEST(retry_delays, are_never_longer_than_the_maximum_whatever_the_jitter) {  // case 22
  detail::random_source random(1);
  for (const jitter spread :
       {jitter::none, jitter::full, jitter::equal, jitter::decorrelated, jitter::proportional})
    for (const backoff growth : {backoff::constant, backoff::linear, backoff::exponential}) {
      const retry_options options{
          .base_delay = 1s, .max_delay = 40s, .growth = growth, .spread = spread, .proportion = 1};
      retry_delays delays(options);
      for (std::size_t attempt = 1; attempt < 100; ++attempt) {
        const nanoseconds nominal = delays.nominal(attempt);
        const nanoseconds one = delays.after(attempt, random.uniform());
        ASSERT_GE(one, 0s);
        ASSERT_LE(one, 40s);
        if (spread == jitter::full) {
          ASSERT_LE(one, nominal);
        }
        if (spread == jitter::equal) {
          ASSERT_GE(one, nominal / 2);
        }
        if (spread == jitter::decorrelated) {
          ASSERT_GE(one, 1s);
        }
      }
    }
}

TEST(retry_delays, are_capped_after_the_jitter) {  // fact h3: (100, 2, cap 100000)
  const retry_options options{.base_delay = 100ms, .max_delay = 100'000ms, .spread = jitter::none};
  EXPECT_EQ(delay(options, 10), 51'200ms);
  EXPECT_EQ(delay(options, 12), 100'000ms);
  EXPECT_EQ(delay(options, 13), 100'000ms);
  retry_options more = options;
  more.spread = jitter::proportional;
  EXPECT_EQ(delay(more, 10, 1), 64'000ms);
  EXPECT_EQ(delay(more, 12, 1), 100'000ms);
}

TEST(retry_delays, spread_to_both_sides) {  // fact h1
  const retry_options options{
      .base_delay = 1s, .growth = backoff::constant, .spread = jitter::proportional};
  EXPECT_EQ(delay(options, 1, 0), 750ms);
  EXPECT_EQ(delay(options, 1, 0.4), 950ms);
  EXPECT_EQ(delay(options, 1, 0.6), 1050ms);
  EXPECT_EQ(delay(options, 1, 1), 1250ms);
}

TEST(retry_delays, do_not_overflow) {  // fact h2
  const retry_options capped{
      .base_delay = 24h, .max_delay = 48h, .growth = backoff::linear, .spread = jitter::none};
  EXPECT_EQ(delay(capped, 1000), 48h);
  retry_options open = capped;
  open.max_delay = nanoseconds::max();
  EXPECT_EQ(delay(open, 1000), 24000h);
  EXPECT_EQ(delay(open, 1'000'000), nanoseconds::max());
  open.growth = backoff::exponential;
  EXPECT_EQ(delay(open, 1000), nanoseconds::max());
}

TEST(retry_delays, decorrelated_ones_follow_the_one_before) {
  const retry_options options{.base_delay = 1s, .max_delay = 20s, .spread = jitter::decorrelated};
  retry_delays delays(options);
  EXPECT_EQ(delays.after(1, 1), 3s);
  EXPECT_EQ(delays.after(2, 1), 9s);
  EXPECT_EQ(delays.after(3, 1), 20s);
  EXPECT_EQ(delays.after(4, 0), 1s);
  EXPECT_EQ(delays.after(5, 0.5), 2s);
}

TEST(retry_delays, are_the_same_for_the_same_seed) {
  detail::random_source one(42);
  detail::random_source same(42);
  detail::random_source other(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const double value = one.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    ASSERT_EQ(value, same.uniform());
    differs = differs || value != other.uniform();
  }
  EXPECT_TRUE(differs);
}

TEST(retry_delays, no_attempt_is_made_of_what_will_not_be_better) {
  const auto worth = [](const failure& what) { return worth_retrying({1, what, 0s}).again(); };
  EXPECT_TRUE(worth({}));
  EXPECT_TRUE(worth({boost::asio::error::connection_reset, nullptr}));
  EXPECT_TRUE(worth({errc::breaker_open, nullptr}));
  EXPECT_TRUE(worth(failure_of(std::make_exception_ptr(std::runtime_error("again")))));
  EXPECT_TRUE(worth(failure_of(std::make_exception_ptr(7))));
  EXPECT_FALSE(worth({errc::closed, nullptr}));
  EXPECT_FALSE(worth({errc::too_much, nullptr}));
  EXPECT_FALSE(worth(failure_of(std::make_exception_ptr(std::invalid_argument("mine")))));
}

TEST(retry_budget, needs_more_than_half) {  // fact h7
  retry_budget budget(10, 0.1);
  for (int i = 0; i < 4; ++i)
    budget.failed();
  EXPECT_TRUE(budget.may_retry());
  for (int i = 0; i < 6; ++i)
    budget.failed();
  EXPECT_FALSE(budget.may_retry());
  for (int i = 0; i < 50; ++i)
    budget.succeeded();
  EXPECT_FALSE(budget.may_retry());
  budget.succeeded();
  EXPECT_TRUE(budget.may_retry());
}

TEST(retry_budget, has_a_bottom_and_a_top) {
  retry_budget budget(2, 1);
  for (int i = 0; i < 100; ++i)
    budget.failed();
  budget.succeeded();
  EXPECT_FALSE(budget.may_retry());
  for (int i = 0; i < 100; ++i)
    budget.succeeded();
  budget.failed();
  EXPECT_FALSE(budget.may_retry());
}

TEST(retry_options, say_which_is_wrong) {  // R9
  const auto wrong = [](auto change) -> std::string {
    retry_options options;
    change(options);
    try {
      detail::checked(options);
    } catch (const config_error& error) {
      return error.field();
    }
    return "";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(wrong([](auto&) {}), "");
  EXPECT_EQ(wrong([](auto& options) { options.max_attempts = 0; }), "retry.max_attempts");
  EXPECT_EQ(wrong([](auto& options) { options.base_delay = -1s; }), "retry.base_delay");
  EXPECT_EQ(wrong([](auto& options) { options.max_delay = 1ms; }), "retry.max_delay");
  EXPECT_EQ(wrong([](auto& options) { options.factor = 0.5; }), "retry.factor");
  EXPECT_EQ(wrong([&](auto& options) { options.factor = nan; }), "retry.factor");
  EXPECT_EQ(wrong([&](auto& options) { options.proportion = nan; }), "retry.proportion");
  EXPECT_EQ(wrong([](auto& options) { options.proportion = 1.1; }), "retry.proportion");
  EXPECT_EQ(wrong([](auto& options) { options.total_time = 0s; }), "retry.total_time");
  EXPECT_EQ(wrong([](auto& options) { options.attempt_time = 0s; }), "retry.attempt_time");
  EXPECT_EQ(wrong([](auto& options) { options.decide = nullptr; }), "retry.decide");
  EXPECT_THROW(retry_budget(0, 0.1), config_error);
  EXPECT_THROW(retry_budget(10, 0), config_error);
  EXPECT_THROW(retry_budget(nan, 0.1), config_error);
}
}  // namespace
