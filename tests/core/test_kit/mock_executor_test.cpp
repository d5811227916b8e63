// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/mock_executor.hpp"

#include "asioscope/core/semaphore.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope;
using test_kit::mock_executor;
using test_kit::submission;
using testing::ElementsAre;
using testing::IsEmpty;

static_assert(asio::execution::is_executor<mock_executor>::value);

TEST(mock_executor, remembers_how_functions_were_submitted_and_runs_none) {
  asio::io_context loop;
  const mock_executor mock(loop);
  int ran = 0;
  asio::post(mock, [&] { ++ran; });
  asio::dispatch(mock, [&] { ++ran; });
  asio::defer(mock, [&] { ++ran; });
  const auto all = ElementsAre(submission::posted, submission::dispatched, submission::deferred);
  EXPECT_THAT(mock.pending(), all);
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(mock.run_all(), 3U);
  EXPECT_EQ(ran, 3);
  EXPECT_THAT(mock.pending(), IsEmpty());
  EXPECT_THAT(mock.history(), all);
}

TEST(mock_executor, does_the_same_without_its_type) {
  asio::io_context loop;
  const mock_executor mock(loop);
  const asio::any_io_executor any = mock;
  EXPECT_EQ(&any.context(), &loop);
  asio::post(any, [] {});
  asio::defer(any, [] {});
  asio::dispatch(any, [] {});
  EXPECT_THAT(mock.pending(),
              ElementsAre(submission::posted, submission::deferred, submission::dispatched));
}

TEST(mock_executor, runs_any_one_that_the_test_wants) {
  asio::io_context loop;
  const mock_executor mock(loop);
  std::vector<int> order;
  for (int i = 0; i < 4; ++i)
    asio::post(mock, [&, i] { order.push_back(i); });
  EXPECT_TRUE(mock.run_one(2));
  EXPECT_TRUE(mock.drop_one(1));
  EXPECT_FALSE(mock.run_one(2));
  EXPECT_TRUE(mock.run_one());
  EXPECT_TRUE(mock.run_one());
  EXPECT_FALSE(mock.run_one());
  EXPECT_THAT(order, ElementsAre(2, 0, 3));
}

TEST(mock_executor, knows_who_wants_it_to_go_on) {
  asio::io_context loop;
  const mock_executor mock(loop);
  EXPECT_EQ(mock.outstanding_work(), 0U);
  {
    auto work = asio::make_work_guard(mock);
    auto copy = work;
    EXPECT_EQ(mock.outstanding_work(), 2U);
    copy.reset();
    EXPECT_EQ(mock.outstanding_work(), 1U);
    asio::any_io_executor tracked =
        asio::prefer(asio::any_io_executor(mock), asio::execution::outstanding_work.tracked);
    EXPECT_EQ(mock.outstanding_work(), 2U);
    tracked = asio::any_io_executor();
    EXPECT_EQ(mock.outstanding_work(), 1U);
  }
  EXPECT_EQ(mock.outstanding_work(), 0U);
}

TEST(mock_executor, is_what_it_was_asked_to_be) {
  asio::io_context loop;
  const mock_executor mock(loop);
  namespace execution = asio::execution;
  EXPECT_EQ(asio::query(mock, execution::blocking), execution::blocking.possibly);
  const auto never = asio::require(mock, execution::blocking.never);
  EXPECT_EQ(asio::query(never, execution::blocking), execution::blocking.never);
  EXPECT_NE(never, mock);
  EXPECT_EQ(asio::require(never, execution::blocking.possibly), mock);
  const auto next = asio::require(mock, execution::relationship.continuation);
  EXPECT_EQ(asio::query(next, execution::relationship), execution::relationship.continuation);
  const auto tracked = asio::require(mock, execution::outstanding_work.tracked);
  EXPECT_EQ(asio::query(tracked, execution::outstanding_work), execution::outstanding_work.tracked);
  EXPECT_NE(mock, mock_executor(loop));
}

TEST(mock_executor, shows_each_step_of_a_primitive) {
  asio::io_context loop;
  const mock_executor mock(loop);
  core::basic_semaphore<asio::any_io_executor> one(asio::any_io_executor(mock), 1);
  int granted = 0;
  auto held = one.try_acquire();
  one.async_acquire([&](auto, auto) { ++granted; });
  EXPECT_THAT(mock.pending(), IsEmpty());
  EXPECT_EQ(mock.outstanding_work(), 1U);
  held.release();
  EXPECT_THAT(mock.pending(), ElementsAre(submission::posted));
  EXPECT_EQ(granted, 0);
  EXPECT_EQ(mock.run_all(), 1U);
  EXPECT_EQ(granted, 1);
  EXPECT_EQ(mock.outstanding_work(), 0U);
}

TEST(mock_executor, runs_coroutines_and_strands) {
  asio::io_context loop;
  const mock_executor mock(loop);
  int steps = 0;
  asio::co_spawn(
      asio::make_strand(asio::any_io_executor(mock)),
      [&]() -> asio::awaitable<void> {
        ++steps;
        co_await asio::post(asio::use_awaitable);
        ++steps;
      },
      asio::detached);
  EXPECT_EQ(steps, 0);
  mock.run_all();
  EXPECT_EQ(steps, 2);
}

// Functions hold executors, which hold the queue.
TEST(mock_executor, lets_go_of_its_functions_with_the_context) {
  auto held = std::make_shared<int>();
  {
    asio::io_context loop;
    const mock_executor mock(loop);
    asio::post(mock, [held, mock] {});
    asio::co_spawn(
        mock, [held]() -> asio::awaitable<void> { co_return; }, asio::detached);
    EXPECT_GT(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
