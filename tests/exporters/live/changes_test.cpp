// SPDX-License-Identifier: BSL-1.0
#include "changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace asioscope::live {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

schema::task_info task(std::uint64_t id, schema::task_state state = schema::task_state::suspended,
                       std::uint64_t runs = 0) {
  schema::task_info result;
  result.id = id;
  result.state = state;
  result.runs = runs;
  return result;
}

schema::site_statistics site_stats(std::uint32_t loop, std::uint32_t site, std::uint64_t slow) {
  schema::site_statistics result;
  result.loop = loop;
  result.site = site;
  result.slow = slow;
  return result;
}

/// One element of everything.
schema::snapshot one_of_each() {
  schema::snapshot result;
  result.time = {100, 200};
  result.loops.push_back({1, "main", false});
  result.sites.push_back({2, schema::site_kind::handler, "on_read()", "async_read"});
  result.threads.push_back({3, 4711, "shop", false});
  result.loop_stats.emplace_back().loop = 1;
  result.thread_stats.emplace_back().thread = 1;
  result.site_stats.push_back(site_stats(1, 2, 0));
  auto& tasks = result.task_stats.emplace_back();
  tasks.loop = 1;
  tasks.site = 5;
  result.tasks.push_back(task(77));
  result.places.push_back({1, "shop::session", "session.cpp", 88});
  result.await_chains.push_back({77, "async_receive", {1}, {}, {}});
  auto& pool = result.resources.emplace_back();
  pool.id = 4;
  pool.name = "db";
  result.self.events = 9;
  return result;
}

TEST(changes, to_nothing_known_everything_is_new) {
  const schema::snapshot all = one_of_each();
  const schema::frame frame = changes({}, all);
  EXPECT_EQ(frame.time, all.time);
  EXPECT_EQ(frame.self, all.self);
  EXPECT_EQ(frame.loops, all.loops);
  EXPECT_EQ(frame.sites, all.sites);
  EXPECT_EQ(frame.threads, all.threads);
  EXPECT_EQ(frame.loop_stats, all.loop_stats);
  EXPECT_EQ(frame.site_stats, all.site_stats);
  EXPECT_EQ(frame.task_stats, all.task_stats);
  EXPECT_EQ(frame.tasks, all.tasks);
  EXPECT_EQ(frame.places, all.places);
  EXPECT_EQ(frame.await_chains, all.await_chains);
  EXPECT_EQ(frame.resources, all.resources);
  EXPECT_THAT(frame.vanished_tasks, IsEmpty());
  EXPECT_TRUE(is_news(frame));
}

TEST(changes, a_resource_is_sent_when_something_of_it_is_different) {
  const schema::snapshot before = one_of_each();
  schema::snapshot after = before;
  EXPECT_THAT(changes(before, after).resources, IsEmpty());
  after.resources[0].waiting = 1;
  EXPECT_EQ(changes(before, after).resources, after.resources);
  EXPECT_TRUE(is_news(changes(before, after)));
}

TEST(changes, a_chain_that_is_not_mentioned_any_more_is_sent_without_places) {
  const schema::snapshot before = one_of_each();
  schema::snapshot after = before;
  after.await_chains.clear();
  const schema::frame frame = changes(before, after);
  EXPECT_THAT(frame.await_chains, ElementsAre(schema::await_chain{77, {}, {}, {}, {}}));
  EXPECT_THAT(frame.places, IsEmpty());
  EXPECT_TRUE(is_news(frame));
}

TEST(changes, nothing_changed_is_no_news) {
  const schema::snapshot before = one_of_each();
  schema::snapshot after = before;
  after.time = {300, 400};
  after.self.events = 10;
  const schema::frame frame = changes(before, after);
  EXPECT_FALSE(is_news(frame));
  EXPECT_EQ(frame.time, after.time);
  EXPECT_EQ(frame.self, after.self);
}

TEST(changes, any_member_of_anything_is_noticed_and_nothing_else_is_sent) {
  const schema::snapshot before = one_of_each();
  schema::snapshot after = before;
  after.loops[0].gone = true;
  EXPECT_EQ(changes(before, after).loops, after.loops);
  after = before;
  after.sites[0].name = "on_write()";
  EXPECT_EQ(changes(before, after).sites, after.sites);
  after = before;
  after.threads[0].name = "renamed";
  EXPECT_EQ(changes(before, after).threads, after.threads);
  after = before;
  after.thread_stats[0].cpu_ns = 1'000;
  EXPECT_EQ(changes(before, after).thread_stats, after.thread_stats);
  EXPECT_FALSE(is_news(changes(before, after))) << "not by itself";
  after = before;
  after.loop_stats[0].lag.record(1'000);
  EXPECT_EQ(changes(before, after).loop_stats, after.loop_stats);
  after = before;
  after.site_stats[0].delay.record(1'000);
  EXPECT_EQ(changes(before, after).site_stats, after.site_stats);
  after = before;
  after.task_stats[0].spawned = 1;
  EXPECT_EQ(changes(before, after).task_stats, after.task_stats);
  after = before;
  after.tasks[0].run_since_ns = 1;
  const schema::frame frame = changes(before, after);
  EXPECT_EQ(frame.tasks, after.tasks);
  EXPECT_THAT(frame.loops, IsEmpty());
  EXPECT_THAT(frame.sites, IsEmpty());
  EXPECT_THAT(frame.threads, IsEmpty());
  EXPECT_THAT(frame.loop_stats, IsEmpty());
  EXPECT_THAT(frame.site_stats, IsEmpty());
  EXPECT_THAT(frame.task_stats, IsEmpty());
}

TEST(changes, statistics_are_told_apart_by_loop_and_site) {
  schema::snapshot before;
  before.site_stats = {site_stats(1, 2, 5), site_stats(2, 1, 7)};
  schema::snapshot after;
  after.site_stats = {site_stats(1, 1, 1), site_stats(1, 2, 5), site_stats(2, 1, 8)};
  EXPECT_THAT(changes(before, after).site_stats,
              ElementsAre(site_stats(1, 1, 1), site_stats(2, 1, 8)));
}

TEST(changes, a_task_that_ended_is_sent_as_what_became_of_it) {
  schema::snapshot before;
  before.tasks = {task(1), task(2)};
  schema::snapshot after;
  after.tasks = {task(1), task(2, schema::task_state::failed)};
  const schema::frame frame = changes(before, after);
  EXPECT_THAT(frame.tasks, ElementsAre(task(2, schema::task_state::failed)));
  EXPECT_THAT(frame.vanished_tasks, IsEmpty());
}

TEST(changes, a_live_task_that_is_not_mentioned_any_more_has_vanished) {
  schema::snapshot before;
  before.tasks = {task(1),
                  task(2),
                  task(3, schema::task_state::running),
                  task(4),
                  task(5, schema::task_state::ready),
                  task(6, schema::task_state::done)};
  schema::snapshot after;
  after.tasks = {task(2), task(9)};
  const schema::frame frame = changes(before, after);
  EXPECT_THAT(frame.tasks, ElementsAre(task(9)));
  EXPECT_THAT(frame.vanished_tasks, ElementsAre(1, 3, 4, 5));  // not 6: its end was sent
  EXPECT_TRUE(is_news(frame));
}

TEST(changes, a_thread_that_is_not_mentioned_any_more_is_gone) {
  schema::snapshot before;
  before.threads = {{1, 10, "a", false}, {2, 20, "b", true}};
  const schema::frame frame = changes(before, {});
  EXPECT_THAT(frame.threads, ElementsAre(schema::thread_info{1, 10, "a", true}));
}

/// A viewer that folds frames must end up where the program is, whatever happened in between.
TEST(changes, frames_lead_from_any_state_to_any_other) {
  std::mt19937_64 random{5};
  schema::snapshot known;
  std::map<std::uint64_t, schema::task_info> viewer;
  for (int round = 0; round < 500; ++round) {
    schema::snapshot now;
    const std::size_t count = random() % 40;
    for (std::size_t i = 0; i < count; ++i) {
      const auto state =
          random() % 4 == 0 ? schema::task_state::done : schema::task_state::suspended;
      now.tasks.push_back(task(random() % 60 + 1, state, random() % 3));
    }
    const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
    std::sort(now.tasks.begin(), now.tasks.end(), by_id);
    now.tasks.erase(std::unique(now.tasks.begin(), now.tasks.end(),
                                [](const auto& a, const auto& b) { return a.id == b.id; }),
                    now.tasks.end());
    std::shuffle(now.tasks.begin(), now.tasks.end(), random);

    const schema::frame frame = changes(known, now);
    for (const std::uint64_t id : frame.vanished_tasks)
      viewer.erase(id);
    for (const schema::task_info& each : frame.tasks) {
      if (schema::is_live(each.state)) {
        viewer[each.id] = each;
      } else {
        viewer.erase(each.id);
      }
    }
    std::map<std::uint64_t, schema::task_info> truth;
    for (const schema::task_info& each : now.tasks) {
      if (schema::is_live(each.state)) truth[each.id] = each;
    }
    ASSERT_TRUE(viewer == truth) << round;
    known = std::move(now);
  }
}

}  // namespace
}  // namespace asioscope::live
