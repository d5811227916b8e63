// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/pipeline.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/schedules.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <numeric>
#include <ranges>
#include <stdexcept>

namespace {
namespace asio = boost::asio;
using namespace asioscope::core;
using namespace asioscope::test_kit;
using namespace std::chrono_literals;
using asio::use_awaitable;

template <class... Number>
std::vector<int> numbers(Number... all) {
  return {all...};
}

/// All there is to come, and when it came, in seconds.
struct collected {
  std::vector<int> items;
  std::vector<int> times;
  error_code error;
};

template <class Stream>
asio::awaitable<collected> collect(Stream& stream, std::size_t most = 1'000'000) {
  collected all;
  const auto began = virtual_clock::now();
  while (all.items.size() < most) {
    auto [error, item] = co_await stream.async_next(asio::as_tuple(use_awaitable));
    all.error = error;
    if (!item.has_value()) break;
    all.items.push_back(*item);
    all.times.push_back(static_cast<int>((virtual_clock::now() - began) / 1s));
  }
  co_return all;
}

asio::awaitable<int> seconds(int count) {
  co_await sleep_for(std::chrono::seconds(count));
  co_return count;
}

ASYNC_TEST(pipeline, passes_items_through_all_stages) {
  const auto plan = make_pipeline<int>()
                        .add_stage([](int i) -> asio::awaitable<std::optional<std::string>> {
                          co_return std::to_string(i);
                        })
                        .add_stage([](std::string text) -> asio::awaitable<std::optional<int>> {
                          co_return std::stoi(text + "0");
                        });
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(1, 2, 3));
  const auto all = co_await collect(stream);
  EXPECT_EQ(all.items, numbers(10, 20, 30));
  EXPECT_FALSE(all.error);
  EXPECT_FALSE((co_await stream.async_next(use_awaitable)).has_value());
}

ASYNC_TEST(pipeline, calls_functions_that_are_no_coroutines) {
  int left = 4;
  const auto plan =
      make_pipeline<int>()
          .add_stage([](int i) -> std::optional<int> {
            if (i == 3) return std::nullopt;
            return i;
          })
          .add_stage([](int i) { return i == 2 ? throw std::runtime_error("two") : i * 10; });
  auto stream = plan.process_stream(
      co_await asio::this_coro::executor,
      [&]() -> std::optional<int> { return left == 0 ? std::nullopt : std::optional(left--); });
  const auto all = co_await collect(stream);
  EXPECT_EQ(all.items, numbers(40));
  EXPECT_EQ(all.error, errc::failed);
  EXPECT_EQ(stream.counts()[0].filtered, 1U);
  EXPECT_EQ(stream.counts()[1].failed, 1U);
}

ASYNC_TEST(pipeline, cancels_a_call_whatever_the_one_before_has_left_behind) {
  const auto plan = make_pipeline<int>().add_stage([](int i) -> asio::awaitable<int> {
    if (i == 0)
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    else
      co_await sleep_for(1h);
    co_return i;
  });
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(0, 1));
  EXPECT_EQ((co_await collect(stream, 1)).items, numbers(0));
  const auto began = virtual_clock::now();
  stream.abort();
  EXPECT_EQ((co_await collect(stream)).error, asio::error::operation_aborted);
  EXPECT_EQ(virtual_clock::now(), began);
}

ASYNC_TEST(pipeline, a_stage_that_found_no_room_goes_on_when_half_of_it_is_free) {
  int made = 0;
  const auto plan = make_pipeline<int>().add_stage(
      [&](int i) {
        ++made;
        return i;
      },
      {.buffer = 8});
  auto stream = plan.process_stream(co_await asio::this_coro::executor, std::views::iota(0));
  co_await yield(20);
  EXPECT_EQ(made, 9);
  EXPECT_EQ((co_await collect(stream, 3)).items, numbers(0, 1, 2));
  co_await yield(20);
  EXPECT_EQ(made, 9);
  EXPECT_EQ((co_await collect(stream, 1)).items, numbers(3));
  co_await yield(20);
  EXPECT_EQ(made, 13);
  EXPECT_EQ((co_await collect(stream, 9)).items, numbers(4, 5, 6, 7, 8, 9, 10, 11, 12));
}

ASYNC_TEST(pipeline, drops_what_is_filtered_and_nothing_else) {  // falsy values are values
  int later = 0;
  const auto plan = make_pipeline<int>()
                        .add_stage([](int i) -> asio::awaitable<std::optional<int>> {
                          if (i % 2 != 0) co_return std::nullopt;
                          co_return 0;
                        })
                        .add_stage([&](int i) -> asio::awaitable<std::optional<int>> {
                          ++later;
                          co_return i;
                        });
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(1, 2, 3, 4));
  EXPECT_EQ((co_await collect(stream)).items, numbers(0, 0));
  EXPECT_EQ(later, 2);
  const auto counts = stream.counts();
  EXPECT_EQ(counts[0].in, 4U);
  EXPECT_EQ(counts[0].filtered, 2U);
  EXPECT_EQ(counts[1].out, 2U);
}

ASYNC_TEST(pipeline, gives_what_is_ready_first_if_wanted) {  // fact f1
  const auto plan =
      make_pipeline<int>().add_stage(seconds, {.concurrency = 5, .order = stage_order::completion});
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(2, 4, 1, 3, 5));
  const auto all = co_await collect(stream);
  EXPECT_EQ(all.items, numbers(1, 2, 3, 4, 5));
  EXPECT_EQ(all.times, numbers(1, 2, 3, 4, 5));
}

ASYNC_TEST(pipeline, keeps_the_order_of_calls_at_the_same_time) {  // fact f2
  const auto plan = make_pipeline<int>().add_stage(seconds, {.concurrency = 5});
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(3, 1, 2, 5, 4));
  const auto all = co_await collect(stream);
  EXPECT_EQ(all.items, numbers(3, 1, 2, 5, 4));
  EXPECT_EQ(all.times, numbers(3, 3, 3, 5, 5));
}

ASYNC_TEST(pipeline, one_call_at_a_time_is_the_default) {  // fact f2
  const auto plan = make_pipeline<int>().add_stage(seconds);
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(1, 1, 1));
  EXPECT_EQ((co_await collect(stream)).times, numbers(1, 2, 3));
}

ASYNC_TEST(pipeline, a_slow_item_stops_no_more_than_the_window) {  // bounded reorder
  int begun = 0;
  const auto first_is_slow = [&](int i) -> asio::awaitable<int> {
    ++begun;
    co_await sleep_for(i == 0 ? 100s : 1s);
    co_return i;
  };
  const auto source = std::views::iota(0, 50);
  const auto executor = co_await asio::this_coro::executor;
  const auto strict = make_pipeline<int>().add_stage(first_is_slow, {.concurrency = 3});
  auto stream = strict.process_stream(executor, source);
  co_await sleep_for(50s);
  EXPECT_EQ(begun, 3);
  begun = 0;
  const auto wide = make_pipeline<int>().add_stage(first_is_slow, {.concurrency = 3, .reorder = 4});
  auto other = wide.process_stream(executor, source);
  co_await sleep_for(50s);
  EXPECT_EQ(begun, 7);
  const auto all = co_await collect(other);
  EXPECT_TRUE(std::is_sorted(all.items.begin(), all.items.end()));
  EXPECT_EQ(all.items.size(), 50U);
}

ASYNC_TEST(pipeline, takes_no_more_from_an_endless_source_than_it_has_room_for) {  // case 20
  int pulled = 0;
  int running = 0;
  {
    const auto plan = make_pipeline<int>().add_stage(
        [&](int i) -> asio::awaitable<int> {
          struct count {
            int& running;
            ~count() { --running; }
          } counted{++running};
          co_await sleep_for(1s);
          co_return i;
        },
        {.concurrency = 10, .buffer = 4});
    auto stream =
        plan.process_stream(co_await asio::this_coro::executor,
                            [&]() -> asio::awaitable<std::optional<int>> { co_return pulled++; });
    EXPECT_EQ((co_await collect(stream, 3)).items, numbers(0, 1, 2));
    EXPECT_LE(pulled, 3 + 10 + 4);
    co_await sleep_for(1h);
    EXPECT_LE(pulled, 3 + 10 + 4);
  }
  co_await yield(50);
  EXPECT_EQ(running, 0);
}

ASYNC_TEST(pipeline, never_calls_more_often_at_a_time_than_it_may) {
  int running = 0;
  int peak = 0;
  const auto plan = make_pipeline<int>().add_stage(
      [&](int i) -> asio::awaitable<int> {
        peak = std::max(peak, ++running);
        co_await sleep_for(std::chrono::milliseconds(i % 7));
        --running;
        co_return i;
      },
      {.concurrency = 4});
  auto stream = plan.process_stream(co_await asio::this_coro::executor, std::views::iota(0, 100));
  EXPECT_EQ((co_await collect(stream)).items.size(), 100U);
  EXPECT_EQ(peak, 4);
}

asio::awaitable<int> three_is_bad(int i) {
  co_await sleep_for(1s);
  if (i == 3) throw std::runtime_error("three");
  co_return i;
}

ASYNC_TEST(pipeline, an_exception_ends_it_after_what_was_finished) {  // fail fast
  const auto plan =
      make_pipeline<int>().add_stage(three_is_bad).add_stage([](int i) -> asio::awaitable<int> {
        co_return i;
      });
  auto stream = plan.process_stream(co_await asio::this_coro::executor, std::views::iota(1));
  const auto all = co_await collect(stream);
  EXPECT_EQ(all.items, numbers(1, 2));
  EXPECT_EQ(all.error, errc::failed);
  EXPECT_THROW(std::rethrow_exception(stream.exception()), std::runtime_error);
}

ASYNC_TEST(pipeline, an_exception_costs_its_item_if_wanted) {  // skip and report
  std::vector<std::size_t> told;
  pipeline_options options;
  options.on_exception = error_policy::skip;
  options.on_error = [&](std::size_t stage, const std::exception_ptr& error) {
    told.push_back(stage);
    EXPECT_THROW(std::rethrow_exception(error), std::runtime_error);
  };
  const auto plan = make_pipeline<int>(options)
                        .add_stage([](int i) -> asio::awaitable<int> { co_return i; })
                        .add_stage(three_is_bad, {.concurrency = 2});
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(1, 2, 3, 4, 5));
  const auto all = co_await collect(stream);
  EXPECT_EQ(all.items, numbers(1, 2, 4, 5));
  EXPECT_FALSE(all.error);
  EXPECT_EQ(told, (std::vector<std::size_t>{1}));
  EXPECT_EQ(stream.counts()[1].failed, 1U);
}

ASYNC_TEST(pipeline, a_dead_letter_gets_the_item) {
  std::vector<int> dead;
  const auto plan = make_pipeline<int>().add_stage(
      three_is_bad, {}, [&](int&& item, const std::exception_ptr& error) {
        dead.push_back(item);
        EXPECT_THROW(std::rethrow_exception(error), std::runtime_error);
      });
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(1, 3, 5));
  EXPECT_EQ((co_await collect(stream)).items, numbers(1, 5));
  EXPECT_EQ(dead, numbers(3));
}

ASYNC_TEST(pipeline, what_a_stage_throws_before_it_waits_or_a_source_throws_ends_it) {
  const auto executor = co_await asio::this_coro::executor;
  const auto plan = make_pipeline<int>().add_stage(
      [](int) -> asio::awaitable<int> { throw std::logic_error("no coroutine at all"); });
  auto stream = plan.process_stream(executor, numbers(1));
  EXPECT_EQ((co_await collect(stream)).error, errc::failed);
  EXPECT_THROW(std::rethrow_exception(stream.exception()), std::logic_error);
  auto other = make_pipeline<int>()
                   .add_stage(three_is_bad)
                   .process_stream(executor, []() -> asio::awaitable<std::optional<int>> {
                     throw std::runtime_error("dry");
                   });
  EXPECT_EQ((co_await collect(other)).error, errc::failed);
  EXPECT_THROW(std::rethrow_exception(other.exception()), std::runtime_error);
}

ASYNC_TEST(pipeline, finish_lets_come_what_is_on_the_way) {  // R7: cancellation that drains
  int pulled = 0;
  const auto plan = make_pipeline<int>().add_stage(
      [](int i) -> asio::awaitable<int> {
        co_await sleep_for(10s);
        co_return i;
      },
      {.concurrency = 8});
  auto stream = plan.process_stream(co_await asio::this_coro::executor,
                                    [&]() -> asio::awaitable<std::optional<int>> {
                                      co_await sleep_for(1s);
                                      co_return pulled++;
                                    });
  co_await sleep_for(3500ms);
  stream.finish();
  const auto began = virtual_clock::now();
  const auto all = co_await collect(stream);
  EXPECT_EQ(all.items, numbers(0, 1, 2));
  EXPECT_FALSE(all.error);
  EXPECT_EQ(pulled, 3);
  EXPECT_EQ(virtual_clock::now() - began, 9500ms);
}

ASYNC_TEST(pipeline, abort_cancels_all_calls) {
  const auto plan = make_pipeline<int>().add_stage(seconds, {.concurrency = 4}).add_stage(seconds);
  auto stream = plan.process_stream(co_await asio::this_coro::executor, std::views::iota(3600));
  co_await sleep_for(1s);
  const auto began = virtual_clock::now();
  stream.abort();
  const auto all = co_await collect(stream);
  EXPECT_EQ(virtual_clock::now(), began);
  EXPECT_EQ(all.error, asio::error::operation_aborted);
  EXPECT_EQ(stream.counts()[0].failed, 0U);
  EXPECT_EQ(stream.counts()[0].cancelled, 4U);
}

ASYNC_TEST(pipeline, a_cancelled_wait_loses_no_item) {  // R3, X6
  const auto plan = make_pipeline<int>().add_stage(seconds);
  auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(1, 2));
  asio::cancellation_signal signal;
  error_code how;
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    how = error_code();
    stream.async_next(
        asio::bind_cancellation_slot(signal.slot(), [&](error_code error, std::optional<int> item) {
          how = error;
          EXPECT_FALSE(item.has_value());
        }));
    signal.emit(type);
    co_await yield();
    EXPECT_EQ(how, asio::error::operation_aborted);
  }
  EXPECT_EQ((co_await collect(stream)).items, numbers(1, 2));
}

ASYNC_TEST(pipeline, carries_what_can_only_be_moved) {
  const auto plan =
      make_pipeline<std::unique_ptr<int>>()
          .add_stage([](std::unique_ptr<int> item) -> asio::awaitable<std::unique_ptr<int>> {
            ++*item;
            co_return item;
          })
          .add_stage([](std::unique_ptr<int>& item) -> asio::awaitable<std::optional<int>> {
            co_return *item;
          });
  int left = 3;
  auto stream = plan.process_stream(co_await asio::this_coro::executor,
                                    [&]() -> asio::awaitable<std::optional<std::unique_ptr<int>>> {
                                      if (left == 0) co_return std::nullopt;
                                      co_return std::make_unique<int>(left--);
                                    });
  EXPECT_EQ((co_await collect(stream)).items, numbers(4, 3, 2));
}

ASYNC_TEST(pipeline, works_with_every_kind_of_token) {  // X7, X1
  const auto plan =
      make_pipeline<int>().add_stage([](int i) -> asio::awaitable<int> { co_return i; });
  auto stream = plan.process_stream(co_await asio::this_coro::executor, std::views::iota(0));
  auto first = stream.async_next(asio::use_future);
  std::optional<int> second;
  asio::io_context other;
  stream.async_next(asio::bind_executor(
      other.get_executor(), [&](error_code, std::optional<int> item) { second = item; }));
  const auto [error, third] = co_await stream.async_next(asio::as_tuple(asio::deferred));
  EXPECT_EQ(first.get(), 0);
  EXPECT_EQ(third, 2);
  EXPECT_FALSE(second.has_value());
  other.run();
  EXPECT_EQ(second, 1);
}

TEST(pipeline, refuses_senseless_options) {  // R9
  try {
    make_pipeline<int>().add_stage(three_is_bad, {.concurrency = 0});
    FAIL();
  } catch (const config_error& error) {
    EXPECT_EQ(error.field(), "pipeline.stage.concurrency");
  }
}

ASYNC_TEST(pipeline, is_seen_when_it_has_a_name) {
  const auto plan = make_pipeline<int>().add_stage(seconds);
  auto stream =
      plan.process_stream(co_await asio::this_coro::executor, numbers(1, 100), "thumbnails");
  co_await sleep_for(2s);
  bool found = false;
  for (const auto& each : describe_resources()) {
    if (each.name != "thumbnails") continue;
    found = true;
    EXPECT_EQ(each.kind, resource_kind::pipeline);
    for (const auto& attribute : each.attributes)
      if (std::string_view(attribute.name) == "in_flight") {
        EXPECT_EQ(attribute.value, 1.0);
      }
  }
  EXPECT_TRUE(found);
}

asio::awaitable<void> a_bit_of_everything() {
  const auto plan = make_pipeline<int>()
                        .add_stage(
                            [](int i) -> asio::awaitable<std::optional<int>> {
                              co_await sleep_for(std::chrono::seconds(i % 3));
                              if (i % 4 == 0) co_return std::nullopt;
                              co_return i;
                            },
                            {.concurrency = 3, .buffer = 1})
                        .add_stage(
                            [](int i) -> asio::awaitable<int> {
                              co_await sleep_for(std::chrono::seconds(i % 2));
                              co_return i;
                            },
                            {.concurrency = 2, .buffer = 0, .order = stage_order::completion})
                        .add_stage([](int i) -> asio::awaitable<int> { co_return i; },
                                   {.concurrency = 2, .buffer = 1, .reorder = 1});
  auto stream = plan.process_stream(co_await asio::this_coro::executor, std::views::iota(0, 12));
  auto all = co_await collect(stream);
  std::sort(all.items.begin(), all.items.end());
  EXPECT_EQ(all.items, numbers(1, 2, 3, 5, 6, 7, 9, 10, 11));
}

TEST(pipeline, ends_wherever_its_loop_ends) {  // X2, X5
  EXPECT_GT(tear_down_everywhere(a_bit_of_everything), 50U);
}

// X3
TEST(pipeline, loses_nothing_in_any_order) { run_shuffled(a_bit_of_everything, 50); }

asio::awaitable<void> ended_after(std::size_t turns) {
  const auto plan = make_pipeline<int>()
                        .add_stage(seconds, {.concurrency = 3, .buffer = 1, .reorder = 1})
                        .add_stage(seconds, {.concurrency = 2, .buffer = 0});
  auto stream = plan.process_stream(co_await asio::this_coro::executor, std::views::iota(0, 9));
  co_await yield(turns);
  if (turns % 2 == 0)
    stream.abort();
  else
    stream.finish();
  const auto all = co_await collect(stream);
  EXPECT_TRUE(std::is_sorted(all.items.begin(), all.items.end()));
}

TEST(pipeline, ends_wherever_it_is_ended_in_any_order) {
  for_each_schedule(800, [](std::uint64_t seed) {
    run([turns = seed % 40] { return ended_after(turns); }, {.shuffle = seed});
  });
}

TEST(pipeline, may_outlive_its_loop) {  // X2
  auto loop = std::make_unique<asio::io_context>();
  const auto item = std::make_shared<int>(1);
  const auto plan = make_pipeline<std::shared_ptr<int>>().add_stage(
      [](std::shared_ptr<int> i) -> asio::awaitable<std::shared_ptr<int>> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        co_await timer.async_wait(use_awaitable);
        co_return i;
      },
      {.concurrency = 2});
  auto stream = plan.process_stream(loop->get_executor(), std::vector(5, item));
  stream.async_next([](error_code, const auto&) { ADD_FAILURE(); });
  loop->poll();
  EXPECT_GT(item.use_count(), 6);
  loop.reset();
  EXPECT_EQ(item.use_count(), 1);
}

ASYNC_TEST(pipeline, ends_the_wait_when_its_stream_goes) {  // X9
  const auto plan = make_pipeline<int>().add_stage(seconds);
  error_code how;
  {
    auto stream = plan.process_stream(co_await asio::this_coro::executor, numbers(3600));
    stream.async_next([&](error_code error, std::optional<int>) { how = error; });
    co_await yield(5);
  }
  const auto began = virtual_clock::now();
  co_await yield(20);
  EXPECT_EQ(how, asio::error::operation_aborted);
  EXPECT_EQ(virtual_clock::now(), began);
}

TEST(pipeline, is_used_from_another_thread) {
  asio::thread_pool loop(1);
  const auto plan =
      make_pipeline<int>()
          .add_stage([](int i) -> asio::awaitable<int> { co_return i; }, {.concurrency = 3})
          .add_stage([](int i) -> asio::awaitable<int> { co_return i; },
                     {.concurrency = 2, .buffer = 2});
  {
    auto stream = plan.process_stream(loop.get_executor(), std::views::iota(0));
    for (int i = 0; i < 1000; ++i)
      EXPECT_EQ(stream.async_next(asio::use_future).get(), i);
    EXPECT_GE(stream.counts()[0].in, 1000U);
    stream.finish();
    while (stream.async_next(asio::use_future).get().has_value()) {
    }
    auto other = plan.process_stream(loop.get_executor(), std::views::iota(0));
    EXPECT_EQ(other.async_next(asio::use_future).get(), 0);
  }
  loop.join();
}

}  // namespace
