// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/circuit_breaker.hpp"

#include "asioscope/test_kit/async_test.hpp"
#include "asioscope/test_kit/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace asioscope::core;
using asioscope::test_kit::sleep_for;
using asioscope::test_kit::virtual_clock;
using asioscope::test_kit::yield;
using breaker = basic_circuit_breaker<asio::any_io_executor, std::mutex, virtual_clock>;
using testing::ElementsAre;

/// Opens at the second failure.
circuit_breaker_options easily() {
  return {.window_calls = 2, .open_time = 5s, .half_open_calls = 1};
}

asio::awaitable<int> seven() { co_return 7; }
asio::awaitable<int> fails() {
  throw std::runtime_error("told");
  co_return 0;
}

ASYNC_TEST(circuit_breaker, passes_on_what_the_operation_returns_or_throws) {
  breaker some(co_await asio::this_coro::executor, easily());
  const auto good = co_await some.execute(seven);
  CO_ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good.value(), 7);
  const auto bad = co_await some.execute(fails);
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error(), errc::failed);
  EXPECT_THROW((void)bad.value(), std::runtime_error);
  const auto early =
      co_await some.execute([]() -> asio::awaitable<int> { throw std::runtime_error("early"); });
  EXPECT_THROW((void)early.value(), std::runtime_error);
}

ASYNC_TEST(circuit_breaker, rejects_with_a_value_and_does_not_call) {  // R10
  breaker some(co_await asio::this_coro::executor, easily());
  (void)co_await some.execute(fails);
  (void)co_await some.execute(fails);
  EXPECT_EQ(some.state(), breaker_state::open);
  bool called = false;
  const auto rejected = co_await some.execute([&]() -> asio::awaitable<void> {
    called = true;
    co_return;
  });
  EXPECT_FALSE(called);
  EXPECT_EQ(rejected.error(), errc::breaker_open);
  EXPECT_EQ(rejected.error(), boost::system::errc::resource_unavailable_try_again);
  EXPECT_FALSE(rejected.what().exception);
  EXPECT_THROW(rejected.value(), boost::system::system_error);
  EXPECT_EQ(some.retry_after(), 5s);
  EXPECT_EQ(some.rejected(), 1U);
  co_await sleep_for(some.retry_after());
  EXPECT_TRUE((co_await some.execute(seven)).has_value());
  EXPECT_EQ(some.state(), breaker_state::closed);
}

ASYNC_TEST(circuit_breaker, sees_failures_in_codes_and_results) {
  breaker some(co_await asio::this_coro::executor, {.window_calls = 4});
  const error_code broken = asio::error::connection_reset;
  const auto code =
      co_await some.execute([&]() -> asio::awaitable<error_code> { co_return broken; });
  EXPECT_EQ(code.value(), broken) << "it is a result, which is not changed";
  (void)co_await some.execute(
      [&]() -> asio::awaitable<std::tuple<error_code, int>> { co_return std::tuple(broken, 1); });
  (void)co_await some.execute([&]() -> asio::awaitable<outcome<int>> { co_return broken; });
  const auto status = [](int value) { return value >= 500 ? verdict::failure : verdict::success; };
  (void)co_await some.execute([]() -> asio::awaitable<int> { co_return 503; }, status);
  EXPECT_EQ(some.state(), breaker_state::open);
  EXPECT_EQ(some.failure_rate(), 1);
  some.reset();
  for (int i = 0; i < 4; ++i)
    (void)co_await some.execute([]() -> asio::awaitable<int> { co_return 404; }, status);
  EXPECT_EQ(some.failure_rate(), 0);
}

ASYNC_TEST(circuit_breaker, judges_failures_as_it_is_told) {
  auto options = easily();
  options.judge = [](const failure& what) {
    if (what.error == asio::error::host_not_found) return verdict::ignored;
    if (what.error == asio::error::eof) return verdict::success;
    if (what.error == errc::failed) throw std::logic_error("a bad judge");
    return verdict::failure;
  };
  breaker some(co_await asio::this_coro::executor, options);
  const auto with = [&](error_code error) {
    return some.execute([error]() -> asio::awaitable<void> {
      throw boost::system::system_error(error);
      co_return;
    });
  };
  for (int i = 0; i < 5; ++i)
    (void)co_await with(asio::error::host_not_found);
  EXPECT_EQ(some.counted_calls(), 0U);
  (void)co_await with(asio::error::eof);
  (void)co_await with(asio::error::eof);
  EXPECT_EQ(some.failure_rate(), 0);
  (void)co_await some.execute(fails);  // the judge throws: a failure
  EXPECT_EQ(some.state(), breaker_state::open);
}

// R3, X6
ASYNC_TEST(circuit_breaker, a_cancellation_is_no_failure_and_gives_the_probes_place_back) {
  breaker some(co_await asio::this_coro::executor, easily());
  some.open_for(1ns);
  co_await sleep_for(1ns);
  for (int i = 0; i < 3; ++i) {
    asio::cancellation_signal cancel;
    error_code ended;
    some.async_execute([]() -> asio::awaitable<void> { co_await sleep_for(1h); },
                       asio::bind_cancellation_slot(
                           cancel.slot(), [&](const outcome<>& how) { ended = how.error(); }));
    co_await yield(3);
    EXPECT_FALSE((co_await some.execute(seven)).has_value()) << "the only place is taken";
    cancel.emit(i % 2 == 0 ? asio::cancellation_type::terminal : asio::cancellation_type::partial);
    co_await yield(3);
    EXPECT_EQ(ended, asio::error::operation_aborted);
    EXPECT_EQ(some.state(), breaker_state::half_open);
  }
  EXPECT_TRUE((co_await some.execute(seven)).has_value());
  EXPECT_EQ(some.state(), breaker_state::closed);
}

ASYNC_TEST(circuit_breaker, measures_how_long_a_call_takes) {
  auto options = easily();
  options.slow_call = 1s;
  breaker some(co_await asio::this_coro::executor, options);
  for (int i = 0; i < 2; ++i)
    (void)co_await some.execute([]() -> asio::awaitable<void> { co_await sleep_for(1001ms); });
  EXPECT_EQ(some.state(), breaker_state::open);
  EXPECT_EQ(some.slow_rate(), 1);
  EXPECT_EQ(some.failure_rate(), 0);
}

ASYNC_TEST(circuit_breaker, holds_nothing_while_the_operation_runs) {  // R6
  breaker some(co_await asio::this_coro::executor, {.window_calls = 10});
  int most = 0;
  int now = 0;
  for (int i = 0; i < 5; ++i)
    some.async_execute(
        [&]() -> asio::awaitable<void> {
          most = std::max(most, ++now);
          co_await sleep_for(1s);
          EXPECT_EQ(some.state(), breaker_state::closed);
          --now;
        },
        asio::detached);
  co_await sleep_for(2s);
  EXPECT_EQ(most, 5);
}

ASYNC_TEST(circuit_breaker, a_call_in_two_steps_is_told_how_it_was) {
  breaker some(co_await asio::this_coro::executor, easily());
  auto first = some.try_acquire();
  CO_ASSERT_TRUE(first);
  first.success();
  EXPECT_FALSE(first) << "it has said how it was";
  first.fail({asio::error::eof, nullptr});
  EXPECT_EQ(some.counted_calls(), 1U);
  auto moved = some.try_acquire();
  auto second = std::move(moved);
  moved.success();  // NOLINT(bugprone-use-after-move): says nothing any more
  second.fail({asio::error::eof, nullptr});
  EXPECT_EQ(some.state(), breaker_state::open) << "1 of 2";
  EXPECT_FALSE(some.try_acquire());
}

ASYNC_TEST(circuit_breaker, a_call_that_goes_without_a_word_counts_as_told) {  // R5
  breaker ignores(co_await asio::this_coro::executor, easily());
  { const auto gone = ignores.try_acquire(); }
  EXPECT_EQ(ignores.counted_calls(), 0U);
  auto options = easily();
  options.abandoned = verdict::failure;
  breaker counts(co_await asio::this_coro::executor, options);
  { const auto gone = counts.try_acquire(); }
  EXPECT_EQ(counts.counted_calls(), 1U);
}

ASYNC_TEST(circuit_breaker, a_call_may_outlive_it) {
  breaker::call left;
  {
    breaker some(co_await asio::this_coro::executor, easily());
    left = some.try_acquire();
  }
  left.success();
}

ASYNC_TEST(circuit_breaker, tells_of_changes_in_order_and_without_its_lock) {  // R6
  std::vector<std::string> seen;
  breaker* self = nullptr;
  auto options = easily();
  options.on_transition = [&](const breaker_transition& change) {
    seen.emplace_back(to_string(change.from));
    seen.back() += " to ";
    seen.back() += to_string(change.to);
    (void)self->state();  // not locked
    if (change.to == breaker_state::open)
      self->go_to(breaker_state::forced_open);  // told afterwards
    seen.emplace_back("told");
    throw std::runtime_error("not heard");
  };
  breaker some(co_await asio::this_coro::executor, options);
  self = &some;
  (void)co_await some.execute(fails);
  (void)co_await some.execute(fails);
  EXPECT_THAT(seen, ElementsAre("closed to open", "told", "open to forced_open", "told"));
}

ASYNC_TEST(circuit_breaker, takes_completion_tokens) {  // X7
  breaker some(co_await asio::this_coro::executor, easily());
  EXPECT_EQ((co_await some.async_execute(seven, asio::use_awaitable)).value(), 7);
  EXPECT_EQ((co_await some.async_execute(seven, asio::deferred)).value(), 7);
  auto future = some.async_execute(seven, asio::use_future);
  int got = 0;
  some.async_execute(seven, [&](outcome<int> how) { got = how.value(); });
  EXPECT_EQ(got, 0);  // X1: not inline
  co_await yield(5);
  EXPECT_EQ(got, 7);
  EXPECT_EQ(future.get().value(), 7);
  EXPECT_TRUE((co_await some.execute([]() -> asio::awaitable<std::unique_ptr<int>> {
                co_return nullptr;
              })).has_value());
}

TEST(circuit_breaker, can_be_used_by_one_thread_without_a_mutex) {
  asio::io_context loop;
  basic_circuit_breaker<asio::io_context::executor_type, null_mutex> some(loop, easily());
  auto one = some.try_acquire();
  EXPECT_TRUE(one);
}

ASYNC_TEST(circuit_breaker, is_listed_with_its_state) {
  breaker some(co_await asio::this_coro::executor, easily(), "backend");
  (void)co_await some.execute(fails);
  (void)co_await some.execute(fails);
  (void)co_await some.execute(seven);
  for (const resource_description& each : describe_resources()) {
    if (each.name != "backend") continue;
    EXPECT_EQ(each.kind, resource_kind::circuit_breaker);
    EXPECT_EQ(each.state, "open");
    const auto value = [&](std::string_view name) {
      for (const resource_attribute& one : each.attributes)
        if (one.name == name) return one.value;
      return -7.0;
    };
    EXPECT_EQ(value("failure_rate"), 1);
    EXPECT_EQ(value("failed"), 2);
    EXPECT_EQ(value("rejected"), 1);
    EXPECT_EQ(value("opened"), 1);
    co_return;
  }
  ADD_FAILURE() << "not listed";
}

TEST(circuit_breaker, can_be_torn_down_everywhere) {  // X5
  asioscope::test_kit::tear_down_everywhere([]() -> asio::awaitable<void> {
    breaker some(co_await asio::this_coro::executor, easily());
    some.async_execute([]() -> asio::awaitable<void> { co_await sleep_for(1s); }, asio::detached);
    (void)co_await some.execute([]() -> asio::awaitable<void> {
      co_await sleep_for(1s);
      throw std::runtime_error("told");
    });
  });
}

TEST(circuit_breaker, admits_as_many_probes_as_it_may_from_many_threads) {  // case 24, TSan
  asio::thread_pool pool(4);
  circuit_breaker shared(pool, {.open_time = 1ns, .half_open_calls = 4});
  shared.go_to(breaker_state::open);
  std::mutex mutex;
  std::vector<circuit_breaker::call> admitted;
  for (int caller = 0; caller < 100; ++caller)
    asio::post(pool, [&] {
      auto call = shared.try_acquire();
      const std::lock_guard lock(mutex);
      if (call) admitted.push_back(std::move(call));
    });
  pool.join();
  EXPECT_EQ(admitted.size(), 4U);
  EXPECT_EQ(shared.rejected(), 96U);
}

TEST(circuit_breaker, tells_many_threads_changes_in_order) {  // TSan
  asio::thread_pool pool(4);
  std::vector<breaker_transition> told;  // no mutex: one at a time
  circuit_breaker_options options{.window_calls = 10, .open_time = 1ns, .half_open_calls = 4};
  options.on_transition = [&](const breaker_transition& change) { told.push_back(change); };
  circuit_breaker shared(pool, options);
  for (int thread = 0; thread < 4; ++thread)
    asio::post(pool, [&, thread] {
      for (int i = 0; i < 5000; ++i) {
        auto call = shared.try_acquire();
        if ((thread + i) % 3 == 0)
          call.success();
        else
          call.fail({asio::error::eof, nullptr});
      }
    });
  pool.join();
  for (std::size_t i = 1; i < told.size(); ++i)
    ASSERT_EQ(told[i].from, told[i - 1].to);
  EXPECT_GT(told.size(), 2U);
}
}  // namespace
