// SPDX-License-Identifier: BSL-1.0
#include "chunks.hpp"

#include "asioscope/schema/codec.hpp"

#include <gtest/gtest.h>

#include <string>

namespace asioscope::live {
namespace {

template <typename Value>
void append(std::vector<Value>& to, const std::vector<Value>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// What a viewer has after all the parts. Batches of one thread are joined.
schema::frame join(const std::vector<schema::frame>& parts) {
  schema::frame whole;
  for (const schema::frame& each : parts) {
    append(whole.loops, each.loops);
    append(whole.sites, each.sites);
    append(whole.threads, each.threads);
    append(whole.loop_stats, each.loop_stats);
    append(whole.thread_stats, each.thread_stats);
    append(whole.messages, each.messages);
    append(whole.site_stats, each.site_stats);
    append(whole.task_stats, each.task_stats);
    append(whole.tasks, each.tasks);
    append(whole.places, each.places);
    append(whole.await_chains, each.await_chains);
    append(whole.resources, each.resources);
    append(whole.vanished_tasks, each.vanished_tasks);
    append(whole.reports, each.reports);
    append(whole.gaps, each.gaps);
    for (const schema::event_batch& batch : each.events) {
      if (whole.events.empty() || whole.events.back().thread != batch.thread) {
        whole.events.push_back({batch.thread, {}});
      }
      append(whole.events.back().events, batch.events);
    }
  }
  whole.time = parts.back().time;
  whole.snapshot = parts.back().snapshot;
  whole.snapshot_end = parts.back().snapshot_end;
  whole.tracing = parts.back().tracing;
  whole.self = parts.back().self;
  return whole;
}

schema::frame large_frame() {
  schema::frame result;
  result.time = {1, 2};
  result.snapshot = true;
  result.snapshot_end = true;
  result.tracing = true;
  result.self.events = 3;
  for (std::uint32_t i = 0; i < 500; ++i) {
    result.loops.push_back({i, "loop " + std::to_string(i), false});
    result.sites.push_back({i, schema::site_kind::handler, std::string(i, 'n'), "post"});
    result.threads.push_back({i, 1, "thread", false});
    result.thread_stats.push_back({i, 1, 2, 3});
    result.messages.push_back({i, 1, 2, 3, std::string(i, 'm')});
    result.places.push_back({i, std::string(i, 'f'), "shop.cpp", i});
    result.await_chains.push_back({i, "async_wait", {i, 1, 2}, {"pay"}, "4bf9"});
    schema::resource_info pool;
    pool.id = i;
    pool.name = std::string(i, 'p');
    pool.figures.push_back({"in_use", 1, false});
    pool.waiters.resize(i % 20);
    pool.occurrences.push_back({"leaked", i});
    result.resources.push_back(pool);
    result.loop_stats.emplace_back().loop = i;
    schema::site_statistics stats;
    stats.site = i;
    for (std::uint64_t ns = 100; ns < 1'000'000'000; ns += ns / 3)
      stats.run.record(ns + i);
    result.site_stats.push_back(stats);
    result.task_stats.emplace_back().site = i;
    result.vanished_tasks.push_back(i);
    result.gaps.push_back({i, 1, 2, 3});
    schema::report report;
    report.id = i;
    report.stack.resize(i % 50);
    for (schema::stack_frame& each : report.stack)
      each.function = "a_function_of_the_user()";
    result.reports.push_back(report);
  }
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    schema::task_info task;
    task.id = i;
    task.runs = i * 1'000'000;
    result.tasks.push_back(task);
  }
  for (std::uint32_t thread = 1; thread < 4; ++thread) {
    schema::event_batch batch{thread, {}};
    for (std::int64_t i = 0; i < 50'000; ++i) {
      schema::event each;
      each.time_ns = i * 1'000;
      each.duration_ns = 500;
      batch.events.push_back(each);
    }
    result.events.push_back(batch);
  }
  return result;
}

TEST(chunks, nothing_is_lost_or_reordered) {
  const schema::frame whole = large_frame();
  for (const std::size_t limit :
       {std::size_t{1'000}, std::size_t{10'000}, chunk_bytes, std::size_t{1} << 30}) {
    EXPECT_TRUE(join(split(whole, limit)) == whole) << limit;
  }
}

TEST(chunks, what_is_small_stays_whole) {
  schema::frame small;
  small.time = {1, 2};
  small.loops.push_back({1, "main", false});
  const auto parts = split(small);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0], small);
  EXPECT_EQ(split(schema::frame{}).size(), 1U);
}

TEST(chunks, every_part_is_about_as_small_as_wanted) {
  const auto parts = split(large_frame());
  EXPECT_GT(parts.size(), 4U);
  for (const schema::frame& each : parts) {
    std::string bytes;
    schema::encode(each, bytes);
    EXPECT_LE(bytes.size(), chunk_bytes + chunk_bytes / 8);
  }
}

TEST(chunks, each_has_the_flags_and_only_the_last_the_end_mark) {
  const schema::frame whole = large_frame();
  const auto parts = split(whole);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_TRUE(parts[i].snapshot);
    EXPECT_TRUE(parts[i].tracing);
    EXPECT_EQ(parts[i].time, whole.time);
    EXPECT_EQ(parts[i].self, whole.self);
    EXPECT_EQ(parts[i].snapshot_end, i + 1 == parts.size());
  }
}

TEST(chunks, an_element_that_is_too_large_gets_a_frame_of_its_own) {
  schema::frame whole;
  whole.loops = {{1, "a", false}, {2, std::string(2 * chunk_bytes, 'x'), false}, {3, "b", false}};
  const auto parts = split(whole);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_TRUE(join(parts) == whole);
}

}  // namespace
}  // namespace asioscope::live
