// SPDX-License-Identifier: BSL-1.0
#include "figures.hpp"
#include "recorded_run.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <thread>
#include <vector>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;

struct context {
  explicit context(std::string_view name) { set_loop_name(this, name); }
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  ~context() { loop_gone(this); }
  [[nodiscard]] loop_record& loop() const { return loop_of_context(this); }
  char address = 0;
};

TEST(thread, that_ends_leaves_everything_behind_exactly) {
  const context c("legacy");
  const site_id site = register_site(schema::site_kind::handler, "worker", "post");
  const auto began = std::chrono::steady_clock::now();
  std::thread([&] {
    record_runs(c.loop(), 10, site);
    thread_state& t = this_thread();
    loop_cells& cells = t.cells_of(c.loop());
    cells.created[1].add(3);
    cells.settled[1].add(2);
    count_unrun(t, c.loop().id, site);
    const ticks waited_since = now_ticks();
    while (now_ticks() < waited_since + to_ticks(1'000'000))
      continue;
    end_turn(t, cells, {waited_since, waited_since + to_ticks(1'000'000), 0, true, true});
    t.last_end = 0;
    run_start start;
    start.cells = &cells;
    start.site = site;
    start.flags = schema::run_flag_error;
    t.begin_run(start);
    t.error_category = "asio.misc";
    t.end_run();
    start.flags = schema::run_flag_hop;
    t.begin_run(start);
    t.end_run();
    end_task(spawn_task(c.loop(), site_of_task_name("short")), c.loop(), site_of_task_name("short"),
             now_ticks(), schema::task_state::failed);
  }).join();
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
  const figures now;
  const auto h = now.handlers("legacy", "worker");
  EXPECT_EQ(h.run.count(), 11U);
  EXPECT_EQ(h.errors, 1U);
  ASSERT_EQ(h.error_categories.size(), 1U);
  EXPECT_EQ(h.error_categories[0], (schema::error_count{"asio.misc", 1}));
  EXPECT_EQ(h.unrun, 1U);
  const auto l = now.loop("legacy");
  EXPECT_EQ(l.outstanding, 1U);
  EXPECT_EQ(l.pending, 0U);
  EXPECT_EQ(l.turns, 1U);
  EXPECT_EQ(l.hops, 1U);
  // The turn's, and whatever this machine put between two runs.
  EXPECT_GE(static_cast<double>(l.idle_ns), 0.99e6);
  EXPECT_LE(static_cast<double>(l.idle_ns), 1.01 * static_cast<double>(took.count()));
  EXPECT_EQ(now.tasks("legacy", "short").failed, 1U);
  EXPECT_EQ(now.tasks("legacy", "short").finished, 1U);
}

TEST(thread, errors_are_told_apart_by_the_first_four_categories) {
  const context c("errors");
  const site_id site = register_site(schema::site_kind::handler, "erring", "post");
  const auto err = [&](std::initializer_list<const char*> categories) {
    std::thread([&] {
      thread_state& t = this_thread();
      run_start start;
      start.cells = &t.cells_of(c.loop());
      start.site = site;
      start.flags = schema::run_flag_error;
      for (const char* category : categories) {
        t.begin_run(start);
        t.error_category = category;
        t.end_run();
      }
    }).join();
  };
  // Each thread's own first four, summed up by those who come after.
  err({"d", "c", "b", "a", "e", "a", "e", "a", "f"});
  err({"f", "other", "a"});
  const std::string endless(100, 'x');
  err({"f", endless.c_str()});
  const auto h = figures().handlers("errors", "erring");
  EXPECT_EQ(h.errors, 14U);
  EXPECT_EQ(h.error_categories, (std::vector<schema::error_count>{
                                    {"a", 4}, {"b", 1}, {"c", 1}, {"d", 1}, {"other", 7}}));
}

TEST(thread, ten_thousand_short_lived_ones_leave_exact_totals_and_no_memory) {
  const context c("crowd");
  const site_id site = register_site(schema::site_kind::handler, "short life", "post");
  const auto live_and_die = [&](int n) {
    for (int i = 0; i < n; i += 4) {
      std::vector<std::thread> four;
      for (int k = 0; k < 4; ++k)
        four.emplace_back([&] {
          record_runs(c.loop(), 3, site);
          const task_ref task = spawn_task(c.loop(), site_of_task_name("tiny"));
          end_task(task, c.loop(), site_of_task_name("tiny"), now_ticks(),
                   schema::task_state::done);
        });
      for (auto& t : four)
        t.join();
    }
  };
  live_and_die(200);
  const std::uint64_t before = figures().all().self.memory_bytes;
  live_and_die(9'800);
  const figures now;
  EXPECT_EQ(now.handlers("crowd", "short life").run.count(), 30'000U);
  EXPECT_EQ(now.tasks("crowd", "tiny").finished, 10'000U);
  EXPECT_EQ(now.loop("crowd").pending, 0U);
  EXPECT_LE(now.all().self.memory_bytes, before);
  EXPECT_LE(now.all().threads.size(), 20U);
}

TEST(thread, is_listed_with_its_name_and_then_as_gone) {
  std::atomic<std::uint32_t> id{0};
  std::atomic<bool> go{false};
  std::thread t([&] {
    pthread_setname_np(pthread_self(), "test-worker");
    id = this_thread().id;
    while (!go)
      std::this_thread::yield();
  });
  while (id == 0)
    std::this_thread::yield();
  const auto find = [&] {
    for (const auto& info : figures().all().threads)
      if (info.id == id) return info;
    return schema::thread_info{};
  };
  EXPECT_EQ(find().name, "test-worker");
  EXPECT_FALSE(find().gone);
  go = true;
  t.join();
  EXPECT_EQ(find().name, "test-worker");
  EXPECT_TRUE(find().gone);
}

TEST(thread, that_records_while_it_ends_starts_afresh) {
  const context c("epilogue");
  struct at_end {
    const context* c = nullptr;
    ~at_end() { record_runs(c->loop(), 2); }
  };
  std::thread([&] {
    static thread_local at_end last;
    last.c = &c;
    record_runs(c.loop(), 1);
  }).join();
  EXPECT_EQ(figures().handlers("epilogue").run.count(), 3U);
}

/// All cumulative figures of a snapshot, by what they belong to.
std::map<std::string, std::uint64_t> counters(const schema::snapshot& s) {
  std::map<std::string, std::uint64_t> all;
  const auto histogram = [&](const std::string& name, const schema::histogram& h) {
    all[name + " sum"] = h.sum_ns;
    for (std::size_t i = 0; i < h.buckets.size(); ++i)
      all[name + " " + std::to_string(i)] = h.buckets[i];
  };
  for (const auto& l : s.loop_stats) {
    const std::string name = "loop " + std::to_string(l.loop);
    all[name + " busy"] = l.busy_ns;
    all[name + " idle"] = l.idle_ns;
    all[name + " turns"] = l.turns;
    all[name + " hops"] = l.hops;
    histogram(name + " lag", l.lag);
  }
  for (const auto& h : s.site_stats) {
    const std::string name = "site " + std::to_string(h.loop) + "/" + std::to_string(h.site);
    histogram(name + " run", h.run);
    histogram(name + " delay", h.delay);
    all[name + " slow"] = h.slow;
    all[name + " slow time"] = h.slow_ns;
    all[name + " unrun"] = h.unrun;
    all[name + " longest"] = h.longest_ns;
  }
  for (const auto& t : s.task_stats) {
    const std::string name = "task " + std::to_string(t.loop) + "/" + std::to_string(t.site);
    all[name + " spawned"] = t.spawned;
    all[name + " finished"] = t.finished;
    histogram(name + " duration", t.duration);
  }
  all["events"] = s.self.events;
  return all;
}

TEST(snapshot, counters_never_fall_while_threads_record_come_and_go) {
  const context c("busy place");
  const site_id site = register_site(schema::site_kind::handler, "all day", "post");
  std::atomic<bool> stop{false};
  const auto work = [&] {
    record_runs(c.loop(), 50, site);
    const task_ref task = spawn_task(c.loop(), site_of_task_name("errand"));
    end_task(task, c.loop(), site_of_task_name("errand"), now_ticks(), schema::task_state::done);
  };
  std::thread resident([&] {
    while (!stop)
      work();
  });
  std::thread visitors([&] {
    while (!stop)
      std::thread(work).join();
  });
  auto former = counters(take_snapshot());
  for (int i = 0; i < 300; ++i) {
    auto now = counters(take_snapshot());
    for (const auto& [name, value] : former)
      ASSERT_GE(now[name], value) << name;
    former = std::move(now);
  }
  stop = true;
  resident.join();
  visitors.join();
  EXPECT_EQ(figures().loop("busy place").pending, 0U);
  EXPECT_GT(figures().handlers("busy place").run.count(), 50U);
}

TEST(snapshot, counts_the_run_going_on_as_busy) {
  const context c("going on");
  thread_state& t = this_thread();
  run_start start;
  start.cells = &t.cells_of(c.loop());
  t.last_end = 0;
  t.begin_run(start);
  const ticks end = now_ticks() + to_ticks(3'000'000);
  while (now_ticks() < end)
    continue;
  const std::uint64_t during = figures().loop("going on").busy_ns;
  EXPECT_GE(during, 3'000'000U);
  EXPECT_EQ(figures().handlers("going on").run.count(), 0U);
  t.end_run();
  EXPECT_GE(figures().loop("going on").busy_ns, during);
  EXPECT_EQ(figures().handlers("going on").run.count(), 1U);
}

TEST(run, inside_a_run_takes_its_time_out_of_the_outer_one) {
  const context outer("matryoshka outer");
  const context inner("matryoshka inner");
  thread_state& t = this_thread();
  const auto spin = [](std::uint64_t ns) {
    for (const ticks end = now_ticks() + to_ticks(ns); now_ticks() < end;)
      continue;
  };
  run_start start;
  start.cells = &t.cells_of(outer.loop());
  const task_ref task = spawn_task(outer.loop(), site_of_task_name("outer task"));
  const ticks begin = now_ticks();
  t.last_end = 0;
  t.begin_run(start);
  t.charge(task);
  spin(2'000'000);
  for (int i = 0; i < 2; ++i) {
    const auto paused = t.pause_run();
    run_start nested;
    nested.cells = &t.cells_of(inner.loop());
    t.begin_run(nested);
    spin(5'000'000);
    t.end_run();
    t.continue_run(paused);
  }
  spin(2'000'000);
  t.end_run();
  const std::uint64_t total = to_nanoseconds(now_ticks() - begin);
  const figures now;
  EXPECT_EQ(now.handlers("matryoshka outer").run.count(), 1U);
  EXPECT_EQ(now.handlers("matryoshka inner").run.count(), 2U);
  EXPECT_GE(now.loop("matryoshka inner").busy_ns, 10'000'000U);
  EXPECT_GE(now.loop("matryoshka outer").busy_ns, 4'000'000U);
  EXPECT_LE(now.loop("matryoshka outer").busy_ns + now.loop("matryoshka inner").busy_ns, total);
  ASSERT_EQ(now.listed("outer task").size(), 1U);
  EXPECT_EQ(now.listed("outer task")[0].runs, 1U) << "the inner runs are not its";
  EXPECT_LE(now.listed("outer task")[0].busy_ns, now.loop("matryoshka outer").busy_ns);
  end_task(task, outer.loop(), site_of_task_name("outer task"), now_ticks(),
           schema::task_state::done);
}

TEST(run, inside_a_run_inside_a_run_is_taken_out_of_both) {
  const context places[] = {context("shell 0"), context("shell 1"), context("shell 2")};
  thread_state& t = this_thread();
  const auto spin = [](std::uint64_t ns) {
    for (const ticks end = now_ticks() + to_ticks(ns); now_ticks() < end;)
      continue;
  };
  const auto begin_run = [&](int depth) {
    run_start start;
    start.cells = &t.cells_of(places[depth].loop());
    t.last_end = 0;
    t.begin_run(start);
  };
  const ticks begin = now_ticks();
  begin_run(0);
  spin(1'000'000);
  const auto outermost = t.pause_run();
  begin_run(1);
  spin(1'000'000);
  const auto middle = t.pause_run();
  begin_run(2);
  spin(6'000'000);
  t.end_run();
  t.continue_run(middle);
  t.end_run();
  t.continue_run(outermost);
  t.end_run();
  const std::uint64_t total = to_nanoseconds(now_ticks() - begin);
  const figures now;
  EXPECT_GE(now.loop("shell 2").busy_ns, 5'990'000U);
  EXPECT_LE(now.loop("shell 0").busy_ns + now.loop("shell 1").busy_ns + now.loop("shell 2").busy_ns,
            total);
}

TEST(run, over_the_threshold_is_slow) {
  const auto before = current_thresholds();
  set_thresholds({.slow = std::chrono::milliseconds(1), .stall = before.stall});
  const context c("slow place");
  thread_state& t = this_thread();
  run_start start;
  start.cells = &t.cells_of(c.loop());
  for (const std::uint64_t ns : {0U, 1'500'000U}) {
    t.last_end = 0;
    t.begin_run(start);
    for (const ticks end = now_ticks() + to_ticks(ns); now_ticks() < end;)
      continue;
    t.end_run();
  }
  EXPECT_GE(figures().handlers("slow place").slow, 1U);
  EXPECT_GE(figures().handlers("slow place").slow_ns, 1'400'000U);
  EXPECT_LE(figures().handlers("slow place").slow_ns, figures().handlers("slow place").run.sum_ns);
  EXPECT_EQ(figures().handlers("slow place").run.count(), 2U);
  set_thresholds(before);
  EXPECT_EQ(current_thresholds().slow, before.slow);
}

}  // namespace
