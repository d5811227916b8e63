// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/task.hpp"

#include "ended_tasks.hpp"
#include "figures.hpp"
#include "task_table.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;

const bool thresholds_are_set = (set_thresholds({}), true);

loop_record& loop_named(const char* name) {
  set_loop_name(name, name);  // any address will do for a context
  return loop_of_context(name);
}

void end(task_ref task, loop_record& loop, site_id name,
         schema::task_state how = schema::task_state::done) {
  end_task(task, loop, name, now_ticks(), how);
}

TEST(task, is_listed_from_spawn_to_end) {
  loop_record& loop = loop_named("list");
  const site_id name = site_of_task_name("listed");
  const task_ref task = spawn_task(loop, name);
  ASSERT_TRUE(task);
  auto listed = figures().listed("listed");
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].id, task.id);
  EXPECT_EQ(listed[0].loop, loop.id);
  EXPECT_EQ(listed[0].state, schema::task_state::ready);
  EXPECT_EQ(listed[0].ended_ns, 0);
  EXPECT_EQ(find_task(task.id).record, task.record);
  end(task, loop, name, schema::task_state::failed);
  EXPECT_FALSE(find_task(task.id));
  listed = figures().listed("listed");
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].id, task.id);
  EXPECT_EQ(listed[0].state, schema::task_state::failed);
  EXPECT_GE(listed[0].ended_ns, listed[0].spawned_ns);
}

TEST(task, outcomes_are_counted_apart) {
  loop_record& loop = loop_named("outcomes");
  const site_id name = site_of_task_name("outcome");
  for (const auto how :
       {schema::task_state::done, schema::task_state::failed, schema::task_state::cancelled,
        schema::task_state::abandoned, schema::task_state::done})
    end(spawn_task(loop, name), loop, name, how);
  const auto t = figures().tasks("outcomes", "outcome");
  EXPECT_EQ(t.spawned, 5U);
  EXPECT_EQ(t.finished, 5U);
  EXPECT_EQ(t.failed, 1U);
  EXPECT_EQ(t.cancelled, 1U);
  EXPECT_EQ(t.abandoned, 1U);
  EXPECT_EQ(t.duration.count(), 5U);
}

TEST(task, without_a_name_is_counted_when_it_gets_one) {
  loop_record& loop = loop_named("naming");
  const site_id name = site_of_task_name("baptised");
  const task_ref task = spawn_unnamed_task(loop);
  EXPECT_EQ(figures().tasks("naming", "baptised").spawned, 0U);
  EXPECT_EQ(figures().listed("(not begun)").size(), 1U);
  name_task(task, loop, name);
  EXPECT_EQ(figures().tasks("naming", "baptised").spawned, 1U);
  EXPECT_EQ(figures().listed("baptised").size(), 1U);
  EXPECT_EQ(figures().listed("(not begun)").size(), 0U);
  end(task, loop, name);
}

TEST(task, ids_are_never_used_again) {
  loop_record& loop = loop_named("ids");
  const site_id name = site_of_task_name("numbered");
  std::set<task_id> ids;
  for (int i = 0; i < 10'000; ++i) {
    const task_ref task = spawn_task(loop, name);
    ASSERT_TRUE(ids.insert(task.id).second);
    end(task, loop, name);
  }
}

TEST(task, spawned_within_a_run_is_the_child_of_the_one_that_runs) {
  loop_record& loop = loop_named("family");
  const site_id name = site_of_task_name("parent");
  const site_id child_name = site_of_task_name("child");
  const task_ref parent = spawn_task(loop, name);
  thread_state& t = this_thread();
  run_start start;
  start.cells = &t.cells_of(loop);
  t.begin_run(start);
  t.charge(parent);
  EXPECT_EQ(figures().listed("parent")[0].state, schema::task_state::running);
  EXPECT_NE(figures().listed("parent")[0].run_since_ns, 0);
  const task_ref child = spawn_task(loop, child_name);
  t.end_run();
  const task_ref orphan = spawn_task(loop, child_name);
  for (const auto& info : figures().listed("child"))
    EXPECT_EQ(info.parent, info.id == child.id ? parent.id : 0);
  const auto p = figures().listed("parent")[0];
  EXPECT_EQ(p.state, schema::task_state::suspended);
  EXPECT_EQ(p.runs, 1U);
  EXPECT_GT(p.busy_ns, 0U);
  EXPECT_EQ(p.longest_ns, p.busy_ns);
  EXPECT_EQ(p.run_since_ns, 0);
  end(child, loop, child_name);
  end(orphan, loop, child_name);
  end(parent, loop, name);
}

TEST(task, that_ends_within_its_run_has_that_run) {
  loop_record& loop = loop_named("last run");
  const site_id name = site_of_task_name("finisher");
  const task_ref task = spawn_task(loop, name);
  thread_state& t = this_thread();
  run_start start;
  start.cells = &t.cells_of(loop);
  t.begin_run(start);
  t.charge(task);
  end(task, loop, name);
  const task_ref next = spawn_task(loop, name);  // stands in the same place
  EXPECT_EQ(next.record, task.record);
  t.end_run();
  for (const auto& info : figures().listed("finisher"))
    EXPECT_EQ(info.runs, info.id == task.id ? 1U : 0U);
  end(next, loop, name);
}

TEST(task, that_ended_elsewhere_lends_no_run_to_the_next_in_its_place) {
  loop_record& loop = loop_named("moved");
  const site_id name = site_of_task_name("mover");
  thread_state& t = this_thread();
  const task_ref task = spawn_task(loop, name);
  run_start start;
  start.cells = &t.cells_of(loop);
  t.begin_run(start);
  t.charge(task);
  // A coroutine went on and ended on another thread, while the run that resumed it here is not
  // over.
  task_ref next;
  std::thread([&] {
    end(task, loop, name);
    next = spawn_task(loop, name);
  }).join();
  ASSERT_EQ(next.record, task.record);
  t.end_run();
  EXPECT_EQ(next.record->runs.load(), 0U);
  EXPECT_EQ(next.record->busy.load(), 0U);
  end(next, loop, name);
}

/// A run of a task that was ready `delay` before it began.
void run_task(loop_record& loop, task_ref task, ticks delay, ticks duration) {
  thread_state& t = this_thread();
  run_start start;
  start.cells = &t.cells_of(loop);
  start.ready_known = true;
  start.ready = to_stamp(now_ticks() - delay);
  t.last_end = 0;
  t.begin_run(start);
  t.charge(task);
  for (const ticks until = now_ticks() + duration; now_ticks() < until;)
    continue;
  t.end_run();
}

void pass(ticks time) {
  for (const ticks until = now_ticks() + time; now_ticks() < until;)
    continue;
}

TEST(task, life_is_split_into_busy_scheduled_and_idle) {
  loop_record& loop = loop_named("split");
  const site_id name = site_of_task_name("split");
  const task_ref task = spawn_task(loop, name);
  const ticks ms = to_ticks(1'000'000);
  pass(4 * ms);
  run_task(loop, task, 3 * ms, 2 * ms);
  auto t = figures().listed("split")[0];
  EXPECT_NEAR(static_cast<double>(t.scheduled_ns), 3e6, 5e5);
  EXPECT_GE(t.busy_ns, 2'000'000U - 1000U);
  EXPECT_GE(t.suspended_since_ns, t.spawned_ns + 6'000'000);
  pass(5 * ms);
  // It became ready during its last run: that time is busy already.
  run_task(loop, task, 7 * ms + ms / 2, 0);
  t = figures().listed("split")[0];
  EXPECT_GE(t.scheduled_ns, 8'000'000U - 100'000U);
  EXPECT_LE(t.busy_ns + t.scheduled_ns,
            static_cast<std::uint64_t>(t.suspended_since_ns - t.spawned_ns) + 100'000U);
  end(task, loop, name);
  EXPECT_EQ(figures().listed("split")[0].scheduled_ns, t.scheduled_ns);
}

TEST(task, is_not_scheduled_before_it_was_spawned) {
  loop_record& loop = loop_named("young");
  const site_id name = site_of_task_name("young");
  const task_ref task = spawn_task(loop, name);
  run_task(loop, task, to_ticks(1'000'000'000), 0);
  const auto t = figures().listed("young")[0];
  EXPECT_LE(t.scheduled_ns, static_cast<std::uint64_t>(t.suspended_since_ns - t.spawned_ns));
  end(task, loop, name);
}

TEST(task, of_which_nobody_knows_when_it_was_ready_was_not_scheduled) {
  loop_record& loop = loop_named("unknown ready");
  const site_id name = site_of_task_name("unknown ready");
  const task_ref task = spawn_task(loop, name);
  pass(to_ticks(1'000'000));
  thread_state& t = this_thread();
  run_start start;
  start.cells = &t.cells_of(loop);
  t.begin_run(start);
  t.charge(task);
  t.end_run();
  EXPECT_EQ(figures().listed("unknown ready")[0].scheduled_ns, 0U);
  end(task, loop, name);
}

TEST(task, ended_ones_are_kept_up_to_a_bound_newest_last) {
  loop_record& loop = loop_named("bounded");
  const site_id name = site_of_task_name("many");
  const task_ref failed = spawn_task(loop, name);
  end(failed, loop, name, schema::task_state::failed);
  const task_ref slow = spawn_task(loop, name);
  slow.record->longest = to_ticks(3'000'000);
  end(slow, loop, name);
  task_id last = 0;
  for (std::size_t i = 0; i < 3 * ended_tasks_kept; ++i) {
    const task_ref task = spawn_task(loop, name);
    last = task.id;
    end(task, loop, name);
  }
  auto ended = list_ended_tasks();
  std::erase_if(ended, [&](const ended_task& task) { return task.site != name; });
  EXPECT_EQ(ended.size(), ended_tasks_kept + 2) << "those that somebody will ask about stay";
  EXPECT_EQ(ended[0].id, failed.id);
  EXPECT_EQ(ended[1].id, slow.id);
  EXPECT_EQ(ended.back().id, last);
  for (std::size_t i = 1; i < ended.size(); ++i)
    ASSERT_GE(ended[i].ended, ended[i - 1].ended);
  for (std::size_t i = 0; i < 3 * notable_tasks_kept; ++i)
    end(spawn_task(loop, name), loop, name, schema::task_state::failed);
  EXPECT_EQ(list_ended_tasks().size(), ended_tasks_kept + notable_tasks_kept);
}

TEST(task, memory_is_that_of_the_most_at_one_time) {
  loop_record& loop = loop_named("memory");
  const site_id name = site_of_task_name("crowded");
  const auto crowd = [&] {
    std::vector<task_ref> all;
    for (int i = 0; i < 5000; ++i)
      all.push_back(spawn_task(loop, name));
    for (const task_ref& t : all)
      end(t, loop, name);
  };
  crowd();
  const std::size_t before = task_memory_bytes();
  EXPECT_LE(before, 96U * 2 * (5000 + 1024));
  for (int i = 0; i < 5; ++i)
    std::thread(crowd).join();
  EXPECT_LE(task_memory_bytes(), before + 96U * 1024);
  EXPECT_EQ(figures().tasks("memory", "crowded").finished, 30'000U);
}

TEST(task_list, never_shows_a_torn_task_while_others_spawn_and_end) {
  loop_record& one = loop_named("torn one");
  loop_record& two = loop_named("torn two");
  const site_id names[] = {site_of_task_name("torn a"), site_of_task_name("torn b")};
  loop_record* const loops[] = {&one, &two};
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (std::size_t k = 0; k < 2; ++k)
    threads.emplace_back([&, k] {
      // Each takes over places that the other has used.
      std::vector<task_ref> all;
      while (!stop) {
        for (int i = 0; i < 200; ++i)
          all.push_back(spawn_task(*loops[k], names[k]));
        for (const task_ref& t : all)
          end(t, *loops[k], names[k]);
        all.clear();
      }
    });
  std::size_t seen = 0;
  for (int i = 0; i < 500 || (seen == 0 && i < 1'000'000); ++i) {
    std::set<task_id> ids;
    for (const live_task& t : list_live_tasks()) {
      const bool a = t.site == names[0] && t.loop == one.id;
      const bool b = t.site == names[1] && t.loop == two.id;
      ASSERT_TRUE(a || b) << t.site << ' ' << t.loop;
      ASSERT_TRUE(ids.insert(t.id).second);
      ASSERT_NE(t.spawned, 0U);
      ASSERT_EQ(t.runs, 0U);
      ++seen;
    }
  }
  stop = true;
  for (auto& t : threads)
    t.join();
  EXPECT_GT(seen, 0U);
  EXPECT_TRUE(list_live_tasks().empty());
}

}  // namespace
