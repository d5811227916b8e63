// SPDX-License-Identifier: BSL-1.0
#include "asioscope/resources/observe_resources.hpp"

#include "asioscope/core/circuit_breaker.hpp"
#include "asioscope/core/semaphore.hpp"
#include "asioscope/instrumentation/co_spawn.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace asioscope {
namespace {

namespace asio = boost::asio;
using core::semaphore;
using schema::resource_info;

resource_info seen(const std::string& name) {
  for (const resource_info& each : recorder::take_snapshot().resources)
    if (each.name == name) return each;
  ADD_FAILURE() << name << " is not seen";
  return {};
}

double figure(const resource_info& of, const std::string& name) {
  for (const schema::resource_figure& each : of.figures)
    if (each.name == name) return each.value;
  ADD_FAILURE() << "no figure " << name;
  return -1;
}

// Must be the first: what was there before the observer.
TEST(observe_resources, sees_what_was_there_before_and_what_came_after) {
  asio::io_context loop;
  std::optional<semaphore> before(std::in_place, loop, 3, "before");
  observe_resources();
  observe_resources();
  const semaphore after(loop, 4, "after");
  const semaphore nameless(loop, 4);
  EXPECT_EQ(figure(seen("before"), "limit"), 3);
  EXPECT_EQ(seen("after").kind, "semaphore");
  EXPECT_EQ(recorder::take_snapshot().resources.size(), 2U);
  before.reset();
  EXPECT_TRUE(seen("before").gone);
}

asio::awaitable<void> take(semaphore& from) {
  const auto mine = co_await from.async_acquire(asio::use_awaitable);
}

TEST(observe_resources, names_the_tasks_that_wait_and_times_their_waits) {
  observe_resources();
  asio::io_context loop;
  semaphore one(loop, 1, "one");
  auto held = one.try_acquire();
  co_spawn(loop.get_executor(), "first", take(one), asio::detached);
  co_spawn(loop.get_executor(), "second", take(one), asio::detached);
  loop.poll();
  const auto now = recorder::take_snapshot();
  const resource_info waiting = seen("one");
  EXPECT_EQ(waiting.waiting, 2U);
  ASSERT_EQ(waiting.waiters.size(), 2U);
  std::vector<std::string> names;
  for (const auto& use : waiting.waiters) {
    EXPECT_GT(use.since_ns, 0);
    EXPECT_LE(use.since_ns, now.time.monotonic_ns);
    for (const auto& task : now.tasks)
      if (task.id == use.task)
        for (const auto& site : now.sites)
          if (site.id == task.site) names.push_back(site.name);
  }
  EXPECT_THAT(names, testing::ElementsAre("first", "second"));
  EXPECT_EQ(waiting.wait.count(), 0U);
  held.release();
  loop.restart();
  loop.run();
  EXPECT_EQ(seen("one").wait.count(), 2U);
  EXPECT_EQ(seen("one").waiting, 0U);
  EXPECT_EQ(figure(seen("one"), "acquired"), 3);
}

TEST(observe_resources, shows_states_and_what_happened) {
  observe_resources();
  asio::io_context loop;
  core::circuit_breaker breaker(loop, {.window_calls = 1, .minimum_calls = 1}, "payments");
  EXPECT_EQ(seen("payments").state, "closed");
  breaker.try_acquire().fail({asio::error::eof, nullptr});
  EXPECT_FALSE(breaker.try_acquire());
  const resource_info open = seen("payments");
  EXPECT_EQ(open.state, "open");
  EXPECT_EQ(figure(open, "opened"), 1);
  EXPECT_THAT(open.occurrences, testing::IsSupersetOf({schema::occurrence_count{"opened", 1},
                                                       schema::occurrence_count{"rejected", 1}}));
}

TEST(observe_resources, totals_never_fall_while_primitives_come_and_go) {  // TSan
  observe_resources();
  std::atomic<bool> done{false};
  std::thread looker([&] {
    double last = 0;
    while (!done) {
      double sum = 0;
      for (const resource_info& each : recorder::take_snapshot().resources)
        if (each.name == "brief")
          for (const schema::resource_figure& figure : each.figures)
            if (figure.name == "acquired") sum += figure.value;
      EXPECT_GE(sum, last);
      last = sum;
    }
    EXPECT_LE(last, 2'000);
  });
  asio::thread_pool pool(2);
  for (int thread = 0; thread < 2; ++thread)
    asio::post(pool, [&] {
      for (int i = 0; i < 1'000; ++i) {
        semaphore brief(pool, 1, "brief");
        EXPECT_TRUE(brief.try_acquire());
      }
    });
  pool.join();
  done = true;
  looker.join();
  double sum = 0;
  for (const resource_info& each : recorder::take_snapshot().resources)
    if (each.name == "brief") sum += figure(each, "acquired");
  EXPECT_EQ(sum, 2'000);
}

}  // namespace
}  // namespace asioscope
