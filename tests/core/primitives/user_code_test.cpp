// SPDX-License-Identifier: BSL-1.0
// No primitive holds its lock while it runs code of the user, which may use the primitive: with a
// lock held these tests would not end.
#include "asioscope/core/bulkhead.hpp"
#include "asioscope/core/pipeline.hpp"
#include "asioscope/core/queue_processor.hpp"
#include "asioscope/core/rate_limiter.hpp"
#include "asioscope/core/resource_pool.hpp"
#include "asioscope/core/semaphore.hpp"
#include "asioscope/core/task_pool.hpp"
#include "asioscope/test_kit/async_test.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;
using asio::awaitable;
using asio::use_awaitable;

/// Calls a function when it goes, wherever that is.
class at_the_end {
 public:
  explicit at_the_end(std::function<void()> function)
      : function_(std::make_shared<std::function<void()>>(std::move(function))) {}
  at_the_end(at_the_end&&) = default;
  at_the_end& operator=(at_the_end&&) = delete;
  ~at_the_end() {
    if (function_ != nullptr) (*function_)();
  }

 private:
  std::shared_ptr<std::function<void()>> function_;
};

// R6: a handler's destructor, when the context takes it along
TEST(semaphore, is_not_locked_when_a_handler_is_destroyed) {
  auto loop = std::make_unique<asio::io_context>();
  semaphore one(*loop, 1);
  auto held = one.try_acquire();
  bool asked = false;
  one.async_acquire([last = at_the_end([&] {
                       asked = true;
                       EXPECT_EQ(one.waiting(), 0U);
                       held.release();
                     })](auto, auto) { ADD_FAILURE(); });
  loop.reset();
  EXPECT_TRUE(asked);
  EXPECT_EQ(one.available(), 1U);
}

// R6
ASYNC_TEST(rate_limiter, is_not_locked_while_the_function_runs) {
  rate_limiter two(co_await asio::this_coro::executor, {.rate = 10, .burst = 2});
  const auto result = co_await two.execute([&]() -> awaitable<int> {
    EXPECT_TRUE(two.try_acquire());
    EXPECT_FALSE(two.try_acquire());
    co_return 7;
  });
  EXPECT_EQ(result.value(), 7);
}

// R6: a task, before and after it waits
ASYNC_TEST(task_pool, is_not_locked_while_a_task_runs) {
  task_pool<int> tasks(co_await asio::this_coro::executor, {.concurrency = 1});
  EXPECT_TRUE(tasks.try_submit([&]() -> awaitable<int> {
    EXPECT_EQ(tasks.counts().running, 1U);
    EXPECT_FALSE(tasks.try_submit([]() -> awaitable<int> { co_return 2; }));
    co_await asioscope::test_kit::yield();
    tasks.resize(2);
    EXPECT_TRUE(tasks.try_submit([]() -> awaitable<int> { co_return 2; }));
    co_return 1;
  }));
  EXPECT_EQ((co_await tasks.async_gather(use_awaitable)).size(), 2U);
}

// R6: every hook
ASYNC_TEST(resource_pool, is_not_locked_while_hooks_run) {
  std::optional<resource_pool<int>> pool;
  std::vector<std::string> called;
  const auto use_it = [&](std::string who) {
    called.push_back(std::move(who));
    EXPECT_FALSE(pool->try_acquire());
    EXPECT_EQ(pool->stats().total, 1U);
  };
  resource_pool<int>::hooks hooks;
  hooks.create = [&]() -> awaitable<int> {
    use_it("create");
    co_return 1;
  };
  hooks.validate = [&](int&) -> awaitable<bool> {
    use_it("validate");
    co_return true;
  };
  hooks.reset = [&](int&) -> awaitable<bool> {
    use_it("reset");
    co_return true;
  };
  hooks.dispose = [&](int) -> awaitable<void> {
    use_it("dispose");
    co_return;
  };
  pool_options options;
  options.max_size = 1;
  options.validation_bypass = std::chrono::nanoseconds(0);
  pool.emplace(co_await asio::this_coro::executor, hooks, options);
  for (int i = 0; i < 2; ++i)
    (co_await pool->async_acquire(use_awaitable)).release();
  co_await pool->async_close(use_awaitable);
  EXPECT_EQ(called, (std::vector<std::string>{"create", "reset", "validate", "reset", "dispose"}));
}

// R6
ASYNC_TEST(bulkhead, is_not_locked_while_the_operation_runs) {
  bulkhead two(co_await asio::this_coro::executor, {.max_running = 2});
  const auto result = co_await two.execute([&]() -> awaitable<int> {
    EXPECT_EQ(two.available(), 1U);
    co_return (co_await two.execute([&]() -> awaitable<int> {
      EXPECT_EQ(two.available(), 0U);
      co_return 7;
    })).value();
  });
  EXPECT_EQ(result.value(), 7);
  EXPECT_EQ(two.available(), 2U);
}

// R6: a stage, and the source
ASYNC_TEST(pipeline, is_not_locked_while_a_stage_runs) {
  using stream_type = decltype(make_pipeline<int>()
                                   .add_stage([](int i) -> awaitable<int> { co_return i; })
                                   .process_stream(asio::any_io_executor(), std::vector<int>()));
  std::optional<stream_type> stream;
  int asked = 0;
  const auto plan = make_pipeline<int>().add_stage([&](int i) -> awaitable<int> {
    ++asked;
    EXPECT_EQ(stream->counts()[0].in, static_cast<std::uint64_t>(asked));
    if (asked == 2) stream->finish();
    co_return i;
  });
  int pulled = 0;
  stream.emplace(plan.process_stream(co_await asio::this_coro::executor,
                                     [&]() -> awaitable<std::optional<int>> {
                                       EXPECT_EQ(stream->counts().size(), 1U);
                                       co_return ++pulled;
                                     }));
  while ((co_await stream->async_next(use_awaitable)).has_value()) {
  }
  EXPECT_GE(asked, 2);
}

// R6
ASYNC_TEST(queue_processor, is_not_locked_while_an_item_is_processed) {
  std::optional<queue_processor<int>> workers;
  std::vector<int> seen;
  workers.emplace(co_await asio::this_coro::executor, queue_processor_options{.workers = 1},
                  [&](int& item) -> awaitable<void> {
                    seen.push_back(item);
                    EXPECT_EQ(workers->in_flight(), 1U);
                    if (item < 3) {
                      EXPECT_TRUE(workers->try_push(item + 1));
                    }
                    co_return;
                  });
  co_await workers->async_start(use_awaitable);
  EXPECT_TRUE(workers->try_push(1));
  co_await asioscope::test_kit::yield(50);
  co_await workers->async_stop(stop_mode::drain, use_awaitable);
  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
}

}  // namespace
