// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/async_queue.hpp"
#include "asioscope/core/bulkhead.hpp"
#include "asioscope/core/circuit_breaker.hpp"
#include "asioscope/core/event.hpp"
#include "asioscope/core/event_loop.hpp"
#include "asioscope/core/latch.hpp"
#include "asioscope/core/mutex.hpp"
#include "asioscope/core/pipeline.hpp"
#include "asioscope/core/queue_processor.hpp"
#include "asioscope/core/rate_limiter.hpp"
#include "asioscope/core/resource_pool.hpp"
#include "asioscope/core/retry.hpp"
#include "asioscope/core/semaphore.hpp"
#include "asioscope/core/task_monitor.hpp"
#include "asioscope/core/task_pool.hpp"
#include "asioscope/metrics/collector.hpp"
#include "asioscope/resources/observe_resources.hpp"

#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace asioscope::metrics {
namespace {

namespace asio = boost::asio;

asio::awaitable<int> pass(int item) { co_return item; }
asio::awaitable<int> make_one() { co_return 1; }
asio::awaitable<void> swallow(int&) { co_return; }

// The table and the primitives call the figures the same.
TEST(primitives_test, every_family_of_primitives_has_a_sample_when_there_is_one_of_each) {
  observe_resources();
  asio::io_context loop;
  const auto executor = asio::any_io_executor(loop.get_executor());
  const core::semaphore semaphore(loop, 3, "one");
  const core::task_monitor monitor(loop, {}, "one");
  const core::event_loop event_loop({}, "one");
  const core::mutex mutex(loop, "one");
  const core::event event(loop, "one");
  const core::latch latch(loop, 2, "one");
  const core::async_queue<int> queue(loop, 4, "one");
  const core::rate_limiter limiter(loop, {.rate = 5}, "one");
  const core::task_pool<int> tasks(loop, {.concurrency = 2}, "one");
  const core::resource_pool<int> pool(executor, {.create = make_one}, {}, "one");
  const core::retry_policy policy({}, "one");
  const core::circuit_breaker breaker(loop, {}, "one");
  const core::bulkhead bulkhead(loop, {.max_running = 2}, "one");
  const core::queue_processor<int> processor(executor, {}, swallow, "one");
  const auto stream = core::make_pipeline<int>().add_stage(pass).process_stream(
      executor, std::vector<int>{1}, "one");

  std::set<std::string> seen;
  for (const family& each : collector().collect())
    for (const sample& value : each.samples)
      if (!value.where->empty() && value.where->front().value == "one")
        seen.emplace(each.info->name);
  std::set<std::string> wanted;
  for (const family_info& each : all_families()) {
    if (each.labels.empty()) continue;
    static const std::set<std::string_view> others = {"loop", "version", "mode", "label"};
    if (!others.contains(each.labels.front())) wanted.emplace(each.name);
  }
  EXPECT_GT(wanted.size(), 50U);
  std::vector<std::string> missing;
  std::ranges::set_difference(wanted, seen, std::back_inserter(missing));
  EXPECT_THAT(missing, testing::IsEmpty());
}

distribution waits(std::string_view family_name) {
  for (const family& each : collector().collect())
    for (const sample& value : each.samples)
      if (each.info->name == family_name && value.where->front().value == "items")
        return std::get<distribution>(value.value);
  return {};
}

TEST(primitives_test, the_time_that_items_wait_in_queues_is_counted) {
  observe_resources();
  asio::io_context loop;
  core::async_queue<int> queue(loop, 2, "items");
  queue.async_pop([](const core::error_code&, int) {});
  EXPECT_TRUE(queue.try_push(1));  // goes to the one who waits
  loop.run();
  EXPECT_EQ(waits("asio_queue_wait_seconds").count, 0U);
  for (int round = 0; round < 20; ++round) {
    EXPECT_TRUE(queue.try_push(1));
    EXPECT_TRUE(queue.try_push(2));
    queue.async_push(3, [](const core::error_code& error) { EXPECT_FALSE(error); });
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    for (int expected = 1; expected <= 3; ++expected)
      EXPECT_EQ(queue.try_pop(), expected);
  }
  loop.restart();
  loop.run();
  const distribution counted = waits("asio_queue_wait_seconds");
  EXPECT_EQ(counted.count, 60U);
  EXPECT_GE(counted.sum, 0.04);  // two of each three waited for a millisecond
  EXPECT_LE(counted.sum, 60.0);

  core::queue_processor<int> processor(asio::any_io_executor(loop.get_executor()), {}, swallow,
                                       "items");
  EXPECT_TRUE(processor.try_push(1));
  EXPECT_TRUE(processor.try_push(2));
  processor.async_start([](const core::error_code&) {});
  processor.async_stop(core::stop_mode::drain, [](const core::error_code&, const auto&) {});
  loop.restart();
  loop.run();
  EXPECT_EQ(waits("asio_queue_processor_wait_seconds").count, 2U);
}

}  // namespace
}  // namespace asioscope::metrics
