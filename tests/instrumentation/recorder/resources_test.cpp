// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/resources.hpp"

#include "asioscope/recorder/dump_tasks.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace asioscope::recorder {
namespace {

using schema::resource_figure;
using schema::resource_info;
using schema::wait_outcome;

resource_key next_key() {
  static std::atomic<resource_key> last{0};
  return ++last;
}

/// The living ones, as a source would list them.
std::vector<living_resource> listed;

void list_them() {
  static const bool once = [] {
    set_resource_source([](const std::function<void()>& meanwhile) {
      auto copy = listed;
      meanwhile();
      return copy;
    });
    return true;
  }();
  static_cast<void>(once);
}

resource_info only(const std::string& name) {
  std::vector<resource_info> found;
  for (const resource_info& each : take_snapshot().resources)
    if (each.name == name) found.push_back(each);
  EXPECT_EQ(found.size(), 1U) << name;
  return found.empty() ? resource_info() : found.front();
}

living_resource alive(resource_key key, double total, double gauge) {
  living_resource result;
  result.key = key;
  result.now.figures = {{"acquired", total, true}, {"in_use", gauge, false}};
  return result;
}

double value(const resource_info& of, const std::string& figure) {
  for (const resource_figure& each : of.figures)
    if (each.name == figure) return each.value;
  return -1;
}

class resources : public testing::Test {
 protected:
  resources() {
    list_them();
    listed.clear();
  }
};

TEST_F(resources, a_wait_is_counted_by_how_it_ended) {
  const resource_key key = next_key();
  begin_resource(key, "semaphore", "waits");
  record_wait(key, wait_outcome::granted, 0, 1'000'000);
  record_wait(key, wait_outcome::granted, 0, 3'000'000);
  record_wait(key, wait_outcome::cancelled, 0, 7);
  record_wait(key, wait_outcome::timed_out, 0, 7);
  record_wait(key, wait_outcome::timed_out, 0, 7);
  record_wait(key, wait_outcome::closed, 0, 7);
  const resource_info now = only("waits");
  EXPECT_EQ(now.kind, "semaphore");
  EXPECT_FALSE(now.gone);
  EXPECT_EQ(now.wait.count(), 2U);
  EXPECT_EQ(now.wait.sum_ns, 4'000'000U);
  EXPECT_EQ(now.cancelled, 1U);
  EXPECT_EQ(now.timed_out, 2U);
  EXPECT_EQ(now.closed, 1U);
  end_resource(key, {});
}

TEST_F(resources, what_happened_is_counted_by_its_text) {
  const resource_key key = next_key();
  begin_resource(key, "circuit_breaker", "happens");
  const std::string another = "opened";  // of another address
  record_occurrence(key, "opened");
  record_occurrence(key, "closed");
  record_occurrence(key, another.c_str());
  EXPECT_THAT(only("happens").occurrences,
              testing::UnorderedElementsAre(schema::occurrence_count{"opened", 2},
                                            schema::occurrence_count{"closed", 1}));
  end_resource(key, {});
}

TEST_F(resources, totals_stay_and_a_later_one_of_the_name_goes_on_with_them) {
  const resource_key first = next_key();
  begin_resource(first, "semaphore", "heir");
  record_wait(first, wait_outcome::granted, 0, 5);
  listed = {alive(first, 7, 3)};
  const std::uint32_t id = only("heir").id;
  EXPECT_EQ(value(only("heir"), "in_use"), 3);

  listed.clear();
  end_resource(first, alive(first, 8, 2).now.figures);
  EXPECT_TRUE(only("heir").gone);
  EXPECT_EQ(value(only("heir"), "acquired"), 8);
  EXPECT_EQ(value(only("heir"), "in_use"), -1) << "a gauge of nothing";

  const resource_key second = next_key();
  begin_resource(second, "semaphore", "heir");
  listed = {alive(second, 10, 1)};
  const resource_info now = only("heir");
  EXPECT_FALSE(now.gone);
  EXPECT_EQ(now.id, id);
  EXPECT_EQ(value(now, "acquired"), 18);
  EXPECT_EQ(value(now, "in_use"), 1);
  EXPECT_EQ(now.wait.count(), 1U);
  end_resource(second, {});
}

TEST_F(resources, two_of_one_name_at_a_time_are_two) {
  const resource_key one = next_key();
  const resource_key two = next_key();
  begin_resource(one, "queue", "twin");
  begin_resource(one, "queue", "twin");  // said twice
  begin_resource(two, "queue", "twin");
  record_wait(two, wait_outcome::granted, 0, 5);
  std::vector<std::uint64_t> waits;
  for (const resource_info& each : list_resources())
    if (each.name == "twin") waits.push_back(each.wait.count());
  EXPECT_EQ(waits, (std::vector<std::uint64_t>{0, 1}));
  end_resource(one, {});
  end_resource(two, {});
}

TEST_F(resources, those_that_are_not_known_are_not_counted) {
  const std::size_t before = list_resources().size();
  const resource_key nobody = next_key();
  record_wait(nobody, wait_outcome::granted, 0, 5);
  record_occurrence(nobody, "opened");
  end_resource(nobody, {{"acquired", 1, true}});
  listed = {alive(nobody, 1, 1)};
  EXPECT_EQ(list_resources().size(), before);
}

TEST_F(resources, nothing_is_counted_while_the_recorder_is_off) {
  const resource_key key = next_key();
  begin_resource(key, "semaphore", "off");
  set_mode(mode::off);
  record_wait(key, wait_outcome::granted, 0, 5);
  record_occurrence(key, "rejected");
  set_mode(mode::metrics);
  EXPECT_EQ(only("off").wait.count(), 0U);
  EXPECT_TRUE(only("off").occurrences.empty());
  end_resource(key, {});
}

TEST_F(resources, waits_and_occurrences_are_events_of_the_trace) {
  const resource_key key = next_key();
  begin_resource(key, "resource_pool", "traced");
  trace_request wanted;
  event_reader reader;
  record_wait(key, wait_outcome::timed_out, 12, 2'000'000);
  record_occurrence(key, "leaked");
  schema::trace trace;
  reader.read(trace);
  std::vector<schema::event> events;
  for (const auto& batch : trace.batches)
    events.insert(events.end(), batch.events.begin(), batch.events.end());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, schema::event_kind::wait);
  EXPECT_EQ(events[0].flags, static_cast<std::uint8_t>(wait_outcome::timed_out));
  EXPECT_EQ(events[0].task, 12U);
  EXPECT_NEAR(static_cast<double>(events[0].duration_ns), 2e6, 2e4);
  EXPECT_NEAR(static_cast<double>(read_clock().monotonic_ns - events[0].time_ns), 2e6, 1e9);
  EXPECT_EQ(events[1].kind, schema::event_kind::occurrence);
  std::vector<std::string> sites;
  for (const auto& site : take_snapshot().sites)
    if (site.id == events[0].site || site.id == events[1].site)
      sites.push_back(site.name + ", " + site.operation);
  EXPECT_THAT(sites, testing::ElementsAre("traced, resource_pool", "traced [leaked], leaked"));
  end_resource(key, {});
}

TEST_F(resources, the_list_of_tasks_says_who_stands_where_in_which_line) {
  schema::snapshot now;
  now.time.monotonic_ns = 5'000'000'000;
  now.loops = {{1, "main", false}};
  now.sites = {{3, schema::site_kind::task, "checkout", {}}};
  for (const std::uint64_t id : {7U, 8U}) {
    schema::task_info task;
    task.id = id;
    task.site = 3;
    task.loop = 1;
    task.state = schema::task_state::suspended;
    task.suspended_since_ns = 1'000'000'000;
    now.tasks.push_back(task);
  }
  now.places = {{1, "shop::pay", "pay.cpp", 41}};
  now.await_chains = {{8, "async_wait", {1}, {}, {}}};
  resource_info pool;
  pool.kind = "resource_pool";
  pool.name = "db";
  pool.waiting = 3;
  pool.waiters = {{6, 1}, {7, 3'000'000'000}, {8, 4'000'000'000}};
  now.resources = {pool};
  std::ostringstream out;
  write_tasks(now, out);
  EXPECT_THAT(out.str(),
              testing::HasSubstr("  waiting for resource_pool db, place 2 of 3, for 2.0 s\n"));
  EXPECT_THAT(out.str(), testing::HasSubstr("  shop::pay at pay.cpp:41, waiting for resource_pool "
                                            "db, place 3 of 3, for 1.0 s\n"));
}

TEST_F(resources, many_threads_use_them_while_they_are_listed) {  // TSan
  const resource_key shared = next_key();
  begin_resource(shared, "semaphore", "threads");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const resource_key own = next_key();
        begin_resource(own, "event", "own");
        record_wait(shared, wait_outcome::granted, 0, 5);
        record_occurrence(own, "set");
        end_resource(own, {{"set", 1, true}});
      }
    });
  for (int i = 0; i < 20; ++i)
    static_cast<void>(take_snapshot());
  for (std::thread& each : threads)
    each.join();
  EXPECT_EQ(only("threads").wait.count(), 2'000U);
  double set = 0;
  for (const resource_info& each : list_resources())
    if (each.name == "own" || each.name == "_other") set += std::max(value(each, "set"), 0.0);
  EXPECT_EQ(set, 2'000);
  end_resource(shared, {});
}

// The last one: the table is full then.
TEST_F(resources, beyond_the_capacity_they_are_added_up) {
  std::vector<resource_key> keys;
  for (int i = 0; i < 5'000; ++i) {
    keys.push_back(next_key());
    begin_resource(keys.back(), "latch", "number " + std::to_string(i));
    record_wait(keys.back(), wait_outcome::granted, 0, 5);
    listed.push_back(alive(keys.back(), 1, 1));
  }
  std::uint64_t waits = 0;
  double acquired = 0;
  std::size_t records = 0;
  bool others = false;
  for (const resource_info& each : list_resources()) {
    ++records;
    if (each.kind != "latch") continue;
    waits += each.wait.count();
    acquired += value(each, "acquired");
    others = others || each.name == "_other";
  }
  EXPECT_EQ(waits, 5'000U);
  EXPECT_EQ(acquired, 5'000);
  EXPECT_TRUE(others);
  EXPECT_LE(records, 4'096U + 1);
  for (const resource_key key : keys)
    end_resource(key, {});
}

}  // namespace
}  // namespace asioscope::recorder
