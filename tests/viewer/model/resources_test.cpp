// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/resources.hpp"

#include "messages.hpp"

#include "asioscope/model/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace asioscope::model {
namespace {

using schema::resource_info;
using test::second;

resource_info semaphore(std::uint32_t id) {
  resource_info result;
  result.id = id;
  result.kind = "semaphore";
  result.name = "uploads";
  result.figures = {{"limit", 4, false}, {"in_use", 3, false}};
  return result;
}

TEST(resource_load, is_known_for_what_is_limited) {
  const auto load = [](const char* kind, std::vector<schema::resource_figure> figures) {
    resource_info info;
    info.kind = kind;
    info.figures = std::move(figures);
    return load_of(info);
  };
  EXPECT_EQ(load("semaphore", {{"limit", 4, false}, {"in_use", 3, false}})->used, 3);
  EXPECT_FALSE(load("semaphore", {{"limit", 4, false}, {"in_use", 3, false}})->is_full());
  EXPECT_TRUE(load("resource_pool", {{"max", 4, false}, {"in_use", 4, false}})->is_full());
  EXPECT_EQ(load("bulkhead", {{"limit", 10, false}, {"available", 4, false}})->used, 6);
  EXPECT_EQ(load("rate_limiter", {{"burst", 10, false}, {"available", 4, false}})->capacity, 10);
  EXPECT_FALSE(load("rate_limiter", {{"keys", 10, false}}).has_value());
  EXPECT_FALSE(load("pipeline", {{"in_flight", 5, false}})->is_full()) << "has no capacity";
  EXPECT_FALSE(load("retry", {{"operations", 5, true}}).has_value());
  EXPECT_FALSE(load("semaphore", {{"limit", std::numeric_limits<double>::quiet_NaN(), false},
                                  {"in_use", 3, false}})
                   ->is_full());
}

TEST(resource_table, knows_in_which_line_a_task_stands) {
  resource_table table;
  resource_info info = semaphore(1);
  info.waiting = 3;
  info.waiters = {{0, 5}, {70, 6}, {80, 7}};
  table.fold(info);
  EXPECT_FALSE(table.wait_of(0));
  EXPECT_EQ(table.wait_of(80)->place, 2U);
  EXPECT_EQ(table.wait_of(80)->since_ns, 7);
  EXPECT_EQ(name_of(*table.wait_of(80)->resource), "semaphore uploads");
  // It goes over to another one; the news of that come first.
  resource_info other = semaphore(2);
  other.waiters = {{80, 9}};
  table.fold(other);
  info.waiters = {{70, 6}};
  table.fold(info);
  EXPECT_EQ(table.wait_of(70)->place, 0U);
  EXPECT_EQ(table.wait_of(80)->resource->id, 2U);
  other.waiters.clear();
  table.fold(other);
  EXPECT_FALSE(table.wait_of(80));
}

TEST(resource_table, keeps_a_bounded_history) {
  resource_table table;
  table.fold(semaphore(1));
  for (std::int64_t i = 1; i <= 400; ++i)
    table.sample(i * second);
  const auto& samples = table.by_id().at(1).samples();
  EXPECT_EQ(samples.size(), limits::resource_samples);
  EXPECT_EQ(samples.back().at_ns, 400 * second);
  EXPECT_EQ(samples.back().used, 3);
}

TEST(resource_table, keeps_no_more_than_its_limits_whatever_the_stream_says) {
  resource_table table;
  for (std::uint32_t id = 0; id < limits::resources + 10; ++id)
    table.fold(semaphore(id));
  EXPECT_EQ(table.by_id().size(), limits::resources);
  EXPECT_EQ(table.refused(), 10U);
  resource_info huge = semaphore(1);
  huge.name = std::string(100'000, 'x') + "\xFF\n";
  huge.figures.resize(10'000);
  huge.waiters.resize(10'000, {1, 1});
  huge.holders.resize(10'000);
  huge.occurrences.resize(10'000);
  table.fold(huge);
  const resource_info& kept = table.by_id().at(1).info();
  EXPECT_LE(kept.name.size(), limits::name_bytes);
  EXPECT_EQ(kept.figures.size(), limits::resource_figures);
  EXPECT_EQ(kept.occurrences.size(), limits::resource_figures);
  EXPECT_EQ(kept.waiters.size(), limits::resource_uses);
  EXPECT_EQ(kept.holders.size(), limits::resource_uses);
}

TEST(resource_table, says_for_how_long_the_first_has_waited) {
  resource_table table;
  resource_info info = semaphore(1);
  info.waiters = {{1, 8 * second}, {2, 5 * second}};
  table.fold(info);
  EXPECT_EQ(table.by_id().at(1).longest_wait_ns(9 * second), 4 * second);
  EXPECT_EQ(table.by_id().at(1).longest_wait_ns(second), 0) << "a clock that went back";
}

TEST(program, says_what_a_task_waits_for) {
  program state{test::greeting()};
  schema::frame snapshot = test::snapshot_at(9 * second);
  snapshot.tasks = {test::live_task(5), test::live_task(6)};
  snapshot.places = {{1, "shop::pay", "pay.cpp", 41}};
  snapshot.await_chains = {{5, "async_wait", {1}, {}, {}}};
  snapshot.resources = {semaphore(1)};
  snapshot.resources[0].waiters = {{5, second}, {6, second}};
  state.fold(snapshot);
  EXPECT_EQ(state.wait_text(5), "semaphore uploads in shop::pay, pay.cpp:41");
  EXPECT_EQ(state.wait_text(6), "semaphore uploads");
  snapshot.resources[0].waiters.clear();
  state.fold(snapshot);
  EXPECT_EQ(state.wait_text(5), "async_wait in shop::pay, pay.cpp:41");
}

}  // namespace
}  // namespace asioscope::model
