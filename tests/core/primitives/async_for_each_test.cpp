// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/async_for_each.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <gtest/gtest.h>

#include <ranges>
#include <sstream>
#include <stdexcept>

namespace {
namespace asio = boost::asio;
using namespace asioscope::core;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;

template <class... Number>
std::vector<int> numbers(Number... all) {
  return {all...};
}

ASYNC_TEST(async_for_each, calls_for_each_element_so_many_at_a_time) {
  int running = 0;
  int peak = 0;
  std::vector<int> seen;
  const auto began = virtual_clock::now();
  co_await async_for_each(numbers(1, 2, 3, 4, 5, 6), 2, [&](int value) -> asio::awaitable<void> {
    peak = std::max(peak, ++running);
    co_await sleep_for(1s);
    --running;
    seen.push_back(value);
  });
  EXPECT_EQ(seen, (std::vector{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(peak, 2);
  EXPECT_EQ(virtual_clock::now() - began, 3s);
}

ASYNC_TEST(async_for_each, takes_an_element_when_there_is_room) {
  int taken = 0;
  const auto source = std::views::iota(0, 1'000'000) | std::views::transform([&](int i) {
                        ++taken;
                        return i;
                      });
  try {
    co_await async_for_each(source, 3, [](int value) -> asio::awaitable<void> {
      co_await sleep_for(1s);
      if (value == 4) throw std::runtime_error("four");
    });
    ADD_FAILURE();
  } catch (const std::runtime_error&) {
  }
  EXPECT_LE(taken, 4 + 3 + 1);
}

ASYNC_TEST(async_for_each, passes_elements_by_reference_where_they_stay) {
  std::vector<std::unique_ptr<int>> all;
  for (const int value : {1, 2, 3})
    all.push_back(std::make_unique<int>(value));
  int sum = 0;
  co_await async_for_each(std::ranges::ref_view(all), 2,
                          [&](std::unique_ptr<int>& each) -> asio::awaitable<void> {
                            co_await yield();
                            sum += *each;
                            each.reset();
                          });
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(all[0], nullptr);
}

ASYNC_TEST(async_for_each, keeps_elements_that_an_input_range_forgets) {
  std::istringstream words("one two three");
  std::vector<std::string> seen;
  co_await async_for_each(std::ranges::istream_view<std::string>(words), 3,
                          [&](const std::string& word) -> asio::awaitable<void> {
                            co_await sleep_for(1s);
                            seen.push_back(word);
                          });
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two", "three"}));
}

ASYNC_TEST(async_for_each, throws_the_first_error_when_the_others_have_ended) {
  const auto began = virtual_clock::now();
  int ended = 0;
  try {
    co_await async_for_each(numbers(3, 1, 2), 3, [&](int delay) -> asio::awaitable<void> {
      try {
        co_await sleep_for(std::chrono::seconds(delay));
      } catch (...) {
        ++ended;
        throw;
      }
      throw std::runtime_error(std::to_string(delay));
    });
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "1");
  }
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(virtual_clock::now() - began, 1s);
  co_await sleep_for(1s);  // it can be waited again
}

ASYNC_TEST(async_for_each, passes_cancellation_on_and_waits) {  // H12
  asio::cancellation_signal signal;
  int cleaned = 0;
  std::exception_ptr how;
  asio::co_spawn(co_await asio::this_coro::executor,
                 async_for_each(std::views::iota(0), 2,
                                [&](int) -> asio::awaitable<void> {
                                  try {
                                    co_await sleep_for(1h);
                                  } catch (...) {
                                    ++cleaned;
                                    throw;
                                  }
                                }),
                 asio::bind_cancellation_slot(signal.slot(), [&](const std::exception_ptr& error) {
                   how = error;
                   EXPECT_EQ(cleaned, 2);
                 }));
  co_await sleep_for(1s);
  signal.emit(asio::cancellation_type::terminal);
  co_await yield(50);
  EXPECT_EQ(cleaned, 2);
  EXPECT_EQ(code_of(how), asio::error::operation_aborted);
}

ASYNC_TEST(async_for_each, of_nothing_is_over_at_once) {
  co_await async_for_each(numbers(), 2,
                          [](int) -> asio::awaitable<void> { co_await sleep_for(1s); });
}

ASYNC_TEST(async_for_each, refuses_a_limit_of_none) {  // R9
  try {
    co_await async_for_each(numbers(1), 0, [](int) -> asio::awaitable<void> { co_return; });
    ADD_FAILURE();
  } catch (const config_error& error) {
    EXPECT_EQ(error.field(), "task_pool.concurrency");
  }
}

ASYNC_TEST(async_gather, gives_what_became_of_each_in_order) {  // case 18
  std::vector<std::function<asio::awaitable<int>()>> functions;
  int running = 0;
  int peak = 0;
  for (int i = 0; i < 10; ++i)
    functions.emplace_back([&, i]() -> asio::awaitable<int> {
      peak = std::max(peak, ++running);
      co_await sleep_for(std::chrono::seconds(20 - i));
      --running;
      if (i == 3 || i == 7) throw std::runtime_error("no");
      co_return i;
    });
  auto results = co_await async_gather(functions, 5);
  CO_ASSERT_EQ(results.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i)
    if (i == 3 || i == 7)
      EXPECT_THROW(results[i].value(), std::runtime_error);
    else
      EXPECT_EQ(results[i].value(), static_cast<int>(i));
  EXPECT_EQ(peak, 5);
}

ASYNC_TEST(async_gather, takes_awaitables) {
  std::vector<asio::awaitable<void>> all;
  all.push_back(sleep_for(1s));
  all.push_back(sleep_for(2s));
  const auto began = virtual_clock::now();
  EXPECT_EQ((co_await async_gather(std::move(all), 2)).size(), 2U);
  EXPECT_EQ(virtual_clock::now() - began, 2s);
}

TEST(async_for_each, ends_wherever_its_loop_ends) {  // X5
  EXPECT_GT(tear_down_everywhere([]() -> asio::awaitable<void> {
              co_await async_for_each(numbers(1, 2, 3, 4), 2, [](int i) -> asio::awaitable<void> {
                co_await sleep_for(std::chrono::seconds(i));
              });
            }),
            10U);
}

}  // namespace
