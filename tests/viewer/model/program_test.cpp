// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/program.hpp"

#include "events.hpp"
#include "messages.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace asioscope::model {
namespace {

using test::frame_at;
using test::ms;
using test::second;
using test::site_after;
using test::snapshot_at;

constexpr std::int64_t start = 50 * second;

schema::loop_statistics loop_after(std::uint64_t busy_ms, std::uint32_t threads = 1) {
  schema::loop_statistics result;
  result.loop = 1;
  result.threads = threads;
  result.busy_ns = busy_ms * static_cast<std::uint64_t>(ms);
  return result;
}

// A program that has run for a while: 1,000 handlers, 400 ms busy.
program watched() {
  program state(test::greeting());
  schema::frame snapshot = snapshot_at(start);
  snapshot.loops = {test::named_loop(1, "main")};
  snapshot.sites = {test::named_site(3, "on_read", "async_receive"), test::named_task(4, "GET /")};
  snapshot.threads = {{.id = 1, .os_id = 4'711, .name = "shop", .gone = false}};
  snapshot.loop_stats = {loop_after(400)};
  snapshot.site_stats = {site_after(1, 3, 1'000, 400'000)};
  state.fold(snapshot);
  return state;
}

const loop& main_loop(const program& state) { return state.loops().at(1); }

TEST(program, is_told_by_name_host_pid_and_start) {
  const program state(test::greeting(100, 1'000));
  EXPECT_TRUE(state.is(test::greeting(100, 1'000)));
  EXPECT_FALSE(state.is(test::greeting(101, 1'000)));
  EXPECT_FALSE(state.is(test::greeting(100, 1'001)));
  schema::hello other = test::greeting(100, 1'000);
  other.program = "shop2";
  EXPECT_FALSE(state.is(other));
  other = test::greeting(100, 1'000);
  other.host = "there";
  EXPECT_FALSE(state.is(other));
  other = test::greeting(100, 1'000);
  other.build = "something else";
  EXPECT_TRUE(state.is(other));
}

TEST(program, what_was_before_the_first_snapshot_is_in_the_totals_but_not_in_the_rates) {
  program state = watched();
  EXPECT_TRUE(state.complete());
  EXPECT_EQ(main_loop(state).samples().size(), 0U);
  EXPECT_EQ(state.sum().handlers, 1'000U);
  state.fold(frame_at(start + 250 * ms));
  ASSERT_EQ(main_loop(state).samples().size(), 1U);
  EXPECT_EQ(main_loop(state).samples().back().utilisation, 0);
  EXPECT_EQ(main_loop(state).samples().back().handlers_per_second, 0);
  EXPECT_EQ(state.sites().at({1, 3}).since(state.window_start_ns()).run.count(), 0U);
}

TEST(program, a_snapshot_may_come_in_pieces) {
  program state(test::greeting());
  for (std::int64_t piece = 0; piece < 40; ++piece) {
    schema::frame frame = frame_at(start + piece * 50 * ms);
    frame.snapshot = true;
    frame.snapshot_end = piece == 39;
    frame.site_stats = {site_after(1, static_cast<std::uint32_t>(piece), 10, 1'000)};
    EXPECT_FALSE(state.complete());
    state.fold(frame);
    EXPECT_TRUE(main_loop(state).samples().empty());
  }
  EXPECT_TRUE(state.complete());
  EXPECT_EQ(state.sum().handlers, 400U);
  state.fold(frame_at(start + 3 * second));
  EXPECT_EQ(main_loop(state).samples().back().handlers_per_second, 0);
}

TEST(program, samples_are_differences_of_cumulative_values) {
  program state = watched();
  schema::frame frame = frame_at(start + 500 * ms);
  frame.loop_stats = {loop_after(525)};
  frame.loop_stats[0].pending = 17;
  frame.loop_stats[0].lag = test::durations({1'000, 2 * ms});
  frame.site_stats = {site_after(1, 3, 1'600, 400'000)};
  state.fold(frame);
  ASSERT_EQ(main_loop(state).samples().size(), 1U);
  const loop_sample sample = main_loop(state).samples().back();
  EXPECT_EQ(sample.at_ns, start + 500 * ms);
  EXPECT_EQ(sample.span_ns, 500 * ms);
  EXPECT_DOUBLE_EQ(sample.utilisation, 0.25);
  EXPECT_DOUBLE_EQ(sample.handlers_per_second, 1'200);
  EXPECT_EQ(sample.pending, 17U);
  EXPECT_GE(sample.lag_seconds, 2e-3);
  EXPECT_LE(sample.lag_seconds, 2e-3 * 1.19);
}

TEST(program, a_loop_that_says_nothing_did_nothing) {
  program state = watched();
  state.fold(frame_at(start + 250 * ms));
  state.fold(frame_at(start + 500 * ms));
  EXPECT_EQ(main_loop(state).samples().size(), 2U);
  EXPECT_EQ(main_loop(state).samples().back().utilisation, 0);
  EXPECT_TRUE(std::isnan(main_loop(state).samples().back().lag_seconds));
}

TEST(program, frames_closer_than_a_sample_are_put_together) {
  program state = watched();
  for (int step = 1; step <= 20; ++step) {  // a second at 20 frames a second
    schema::frame frame = frame_at(start + step * 50 * ms);
    frame.loop_stats = {loop_after(400 + static_cast<std::uint64_t>(step) * 10)};
    state.fold(frame);
  }
  ASSERT_EQ(main_loop(state).samples().size(), 4U);
  for (std::size_t index = 0; index < 4; ++index) {
    EXPECT_EQ(main_loop(state).samples()[index].span_ns, 250 * ms);
    EXPECT_DOUBLE_EQ(main_loop(state).samples()[index].utilisation, 0.2);
  }
}

TEST(program, missing_frames_make_one_long_true_sample) {
  program state = watched();
  schema::frame frame = frame_at(start + 10 * second);
  frame.loop_stats = {loop_after(400 + 5'000)};
  frame.site_stats = {site_after(1, 3, 1'000 + 20'000, 400'000)};
  state.fold(frame);
  ASSERT_EQ(main_loop(state).samples().size(), 1U);
  EXPECT_EQ(main_loop(state).samples().back().span_ns, 10 * second);
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().utilisation, 0.5);
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().handlers_per_second, 2'000);
}

TEST(program, any_subset_of_the_frames_leads_to_the_same_totals) {
  for (const int keep_every : {1, 2, 3, 5, 6, 7, 10}) {
    program state = watched();
    for (int step = 1; step <= 210; ++step) {
      schema::frame frame = frame_at(start + step * 50 * ms);
      const auto done = static_cast<std::uint64_t>(step);
      frame.loop_stats = {loop_after(400 + done * 20)};
      frame.loop_stats[0].stalls = done / 10;
      frame.site_stats = {site_after(1, 3, 1'000 + done * 30, 400'000)};
      frame.site_stats[0].failed = done / 3;
      if (step % keep_every == 0) state.fold(frame);
    }
    EXPECT_EQ(state.sum().handlers, 1'000U + 210U * 30U);
    EXPECT_EQ(state.sum().stalls, 21U);
    EXPECT_EQ(state.sum().failed, 70U);
    EXPECT_NEAR(*main_loop(state).utilisation_over(10 * second), 0.4, 1e-9);
    EXPECT_EQ(main_loop(state).stalls_over(60 * second), 21U);
    EXPECT_EQ(state.sites().at({1, 3}).failed_since(0), 70U);
    const std::uint64_t lately =
        state.sites().at({1, 3}).since(state.window_start_ns()).run.count();
    EXPECT_NEAR(static_cast<double>(lately) / state.window_seconds(), 600, 1e-9);
  }
}

TEST(program, utilisation_is_shared_among_the_threads) {
  program state = watched();
  schema::frame frame = frame_at(start + second);
  frame.loop_stats = {loop_after(400 + 2'000, 4)};
  state.fold(frame);
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().utilisation, 0.5);
  // The threads have left, the work of this second was theirs.
  frame = frame_at(start + 2 * second);
  frame.loop_stats = {loop_after(400 + 4'000, 0)};
  state.fold(frame);
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().utilisation, 0.5);
}

TEST(program, a_site_that_appears_later_counts_from_zero) {
  program state = watched();
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 9, 300, 1'000)};
  state.fold(frame);
  EXPECT_EQ(state.sites().at({1, 9}).since(state.window_start_ns()).run.count(), 300U);
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().handlers_per_second, 300);
}

TEST(program, after_a_reconnection_the_counters_go_on) {
  program state = watched();
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 3, 1'100, 400'000)};
  frame.loop_stats = {loop_after(500)};
  state.fold(frame);

  state.begin_snapshot();
  schema::frame piece = frame_at(start + 9 * second);
  piece.snapshot = true;
  piece.loop_stats = {loop_after(500 + 3'600)};
  state.fold(piece);
  EXPECT_EQ(main_loop(state).samples().size(), 1U);  // not before the snapshot is whole
  schema::frame rest = snapshot_at(start + 9 * second);
  rest.site_stats = {site_after(1, 3, 1'100 + 800, 400'000)};
  state.fold(rest);

  EXPECT_EQ(state.sum().handlers, 1'900U);
  ASSERT_EQ(main_loop(state).samples().size(), 2U);
  EXPECT_EQ(main_loop(state).samples().back().span_ns, 8 * second);
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().utilisation, 0.45);
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().handlers_per_second, 100);
  EXPECT_EQ(state.sites().at({1, 3}).since(state.window_start_ns()).run.count(), 900U);
}

TEST(program, lately_is_ten_seconds_to_the_tick) {
  program state = watched();
  for (int step = 1; step <= 400; ++step) {
    state.fold(frame_at(start + step * 50 * ms));
    const double known = step * 0.05;
    EXPECT_LE(state.window_seconds(), std::min(known, 11.0) + 1e-9);
    EXPECT_GE(state.window_seconds(), std::min(known, 10.0) - 1e-9);
  }
  EXPECT_EQ(state.start_of_last(60 * second), start);
}

TEST(program, a_clock_that_stands_or_runs_back_does_no_harm) {
  program state = watched();
  schema::frame frame = frame_at(start - 10 * second);
  frame.loop_stats = {loop_after(900)};
  state.fold(frame);
  EXPECT_TRUE(main_loop(state).samples().empty());
  state.fold(frame_at(start));
  state.fold(frame_at(start));
  EXPECT_TRUE(main_loop(state).samples().empty());
  state.fold(frame_at(start + second));
  EXPECT_DOUBLE_EQ(main_loop(state).samples().back().utilisation, 0.5);
}

TEST(program, counters_that_fall_add_nothing) {
  program state = watched();
  schema::frame frame = frame_at(start + second);
  frame.loop_stats = {loop_after(10)};
  frame.site_stats = {site_after(1, 3, 5, 400'000)};
  state.fold(frame);
  EXPECT_EQ(main_loop(state).samples().back().utilisation, 0);
  EXPECT_EQ(main_loop(state).samples().back().handlers_per_second, 0);
}

TEST(program, samples_reach_back_five_minutes) {
  program state = watched();
  for (int step = 1; step <= 4 * 60 * 6; ++step)
    state.fold(frame_at(start + step * 250 * ms));
  EXPECT_EQ(main_loop(state).samples().size(), limits::samples);
  EXPECT_EQ(main_loop(state).samples()[0].at_ns, start + 60 * second + 250 * ms);
}

TEST(program, names_are_looked_up_and_made_up_until_known) {
  program state = watched();
  EXPECT_EQ(state.loop_name(1), "main");
  EXPECT_EQ(state.loop_name(9), "loop 9");
  EXPECT_EQ(state.site_name(3), "on_read");
  EXPECT_EQ(state.site_operation(3), "async_receive");
  EXPECT_EQ(state.site_name(77), "site 77");
  EXPECT_EQ(state.site_operation(77), "");
  EXPECT_EQ(state.thread_name(1), "shop (4711)");
  EXPECT_EQ(state.thread_name(2), "thread 2");
}

TEST(program, a_loop_that_died_says_so) {
  program state = watched();
  schema::frame frame = frame_at(start + second);
  frame.loops = {{.id = 1, .name = "main", .gone = true}};
  state.fold(frame);
  EXPECT_TRUE(main_loop(state).info().gone);
}

TEST(program, gaps_are_added_up) {
  program state = watched();
  for (std::uint64_t count = 1; count <= 300; ++count) {
    schema::frame frame = frame_at(start + static_cast<std::int64_t>(count));
    frame.gaps = {{.thread = 1, .count = count, .from_ns = 1, .to_ns = 2}};
    state.fold(frame);
  }
  EXPECT_EQ(state.sum().events_in_gaps, 300U * 301U / 2U);
  EXPECT_EQ(state.gaps().size(), limits::gaps);
  EXPECT_EQ(state.gaps().back().count, 300U);
}

TEST(program, tasks_that_vanished_are_not_listed_as_live) {
  program state = watched();
  schema::frame frame = frame_at(start + 1);
  frame.tasks.resize(2);
  frame.tasks[0].id = 7;
  frame.tasks[1].id = 8;
  state.fold(frame);
  EXPECT_EQ(state.tasks().live(), 2U);
  frame = frame_at(start + 2);
  frame.vanished_tasks = {7};
  state.fold(frame);
  EXPECT_EQ(state.tasks().live(), 1U);
}

TEST(program, knows_from_when_to_when_its_trace_is_whole) {
  program state = watched();
  std::int64_t now = start;
  const auto trace = [&] {
    now += second;
    schema::frame frame = frame_at(now);
    frame.tracing = true;
    frame.events = {{.thread = 1, .events = {test::run_event(now - second / 2, 1'000)}}};
    state.fold(frame);
    return now - second / 2;
  };
  const auto is_whole = [&](std::int64_t from, std::int64_t to) {
    return state.trace().is_whole(from, to);
  };
  const std::int64_t first = trace();
  const std::int64_t second_run = trace();
  EXPECT_TRUE(is_whole(first, second_run));
  state.fold(frame_at(now));  // no longer
  const std::int64_t third = trace();
  EXPECT_FALSE(is_whole(second_run, third));
  state.begin_snapshot();  // another connection
  const std::int64_t fourth = trace();
  EXPECT_FALSE(is_whole(third + 1'000, fourth));
  state.interrupt_trace();
  const std::int64_t fifth = trace();
  EXPECT_FALSE(is_whole(fourth + 1'000, fifth));
  EXPECT_TRUE(is_whole(first, second_run));
  EXPECT_TRUE(is_whole(fifth + 1'000, now));
}

TEST(program, totals_sum_over_loops_sites_and_task_names) {
  program state = watched();
  schema::frame frame = frame_at(start + second);
  frame.loops = {test::named_loop(2, "pool")};
  frame.loop_stats = {loop_after(400), loop_after(100)};
  frame.loop_stats[1].loop = 2;
  frame.loop_stats[1].pending = 5;
  frame.loop_stats[1].stalls = 2;
  frame.loop_stats[1].stall_ns = 70;
  frame.site_stats = {site_after(2, 3, 10, 1'000), site_after(2, 5, 1, 1'000)};
  frame.site_stats[0].slow = 4;
  frame.site_stats[1].failed = 1;
  schema::task_statistics tasks = test::tasks_of(1, 4);
  tasks.spawned = 9;
  tasks.finished = 8;
  tasks.failed = 3;
  tasks.cancelled = 2;
  tasks.abandoned = 1;
  frame.task_stats = {tasks};
  frame.events = {{.thread = 1, .events = {{}, {}, {}}}};
  frame.self.memory_bytes = 77;
  frame.tracing = true;
  state.fold(frame);
  const totals expected{.handlers = 1'011,
                        .busy_ns = 500'000'000,
                        .slow = 4,
                        .failed = 1,
                        .pending = 5,
                        .stalls = 2,
                        .stall_ns = 70,
                        .tasks_spawned = 9,
                        .tasks_finished = 8,
                        .tasks_failed = 3,
                        .tasks_cancelled = 2,
                        .tasks_abandoned = 1,
                        .events_in_gaps = 0};
  EXPECT_EQ(state.sum(), expected);
  EXPECT_EQ(state.events(), 3U);
  EXPECT_EQ(state.self().memory_bytes, 77U);
  EXPECT_TRUE(state.tracing());
  EXPECT_EQ(state.frames(), 2U);
}

TEST(program, longest_lately_is_never_above_the_exact_longest) {
  program state = watched();
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 3, 1'010, 400'000)};
  frame.site_stats[0].longest_ns = 400'000;
  state.fold(frame);
  const schema::site_statistics lately = state.sites().at({1, 3}).since(state.window_start_ns());
  EXPECT_LE(lately.longest_ns, 400'000U);
  EXPECT_GT(lately.longest_ns, 330'000U);
  EXPECT_LE(run_quantile_seconds(lately, 0.99), 400e-6);
  EXPECT_EQ(run_quantile_seconds(lately, 0.01), lately.run.quantile_seconds(0.01));
  EXPECT_EQ(lately.loop, 1U);
  EXPECT_EQ(lately.site, 3U);
}

TEST(program, a_stream_that_claims_the_world_stays_small) {
  program state(test::greeting());
  schema::frame frame = snapshot_at(start);
  for (std::uint32_t id = 1; id <= 20'000; ++id) {
    frame.loops.push_back(test::named_loop(id, std::string(5'000, 'n')));
    frame.sites.push_back(test::named_site(id, "s"));
    frame.threads.push_back({.id = id, .os_id = 1, .name = "t", .gone = false});
    frame.task_stats.push_back(test::tasks_of(1, id));
  }
  state.fold(frame);
  schema::frame more = frame_at(start + 1);
  for (std::uint32_t id = 1; id <= limits::site_statistics + 100; ++id) {
    more.site_stats.push_back(site_after(1, id, 1, 1));
  }
  state.fold(more);
  EXPECT_EQ(state.loops().size(), limits::loops);
  EXPECT_LE(state.loops().at(1).info().name.size(), limits::name_bytes);
  EXPECT_EQ(state.sites().size(), limits::site_statistics);
  EXPECT_EQ(state.task_names().size(), limits::site_statistics);
  EXPECT_EQ(state.refused(), (20'000U - limits::loops) + (20'000U - limits::sites) +
                                 (20'000U - limits::threads) + (20'000U - limits::site_statistics) +
                                 100U);
}

TEST(program, a_copy_is_a_frozen_view) {
  program state = watched();
  const program frozen = state;
  schema::frame frame = frame_at(start + second);
  frame.site_stats = {site_after(1, 3, 5'000, 400'000)};
  state.fold(frame);
  EXPECT_EQ(frozen.sum().handlers, 1'000U);
  EXPECT_EQ(state.sum().handlers, 5'000U);
}

TEST(program, knows_what_its_threads_did_and_what_they_said) {
  program shop{test::greeting()};
  schema::frame frame = test::snapshot_at(start);
  frame.threads = {{.id = 3, .os_id = 17, .name = "worker", .gone = false}};
  frame.thread_stats = {{.thread = 3, .busy_ns = 5, .idle_ns = 6, .cpu_ns = 7},
                        {.thread = 4, .busy_ns = 5, .idle_ns = 6, .cpu_ns = 7}};
  frame.messages = {{.thread = 3, .time_ns = start, .loop = 1, .task = 9, .text = "bad \xFF text"}};
  shop.fold(frame);
  ASSERT_EQ(shop.threads().size(), 1U) << "one that was never described is not shown";
  EXPECT_EQ(shop.threads().at(3).statistics.cpu_ns, 7U);
  EXPECT_EQ(shop.thread_name(3), "worker (17)");
  ASSERT_EQ(shop.messages().size(), 1U);
  EXPECT_EQ(shop.messages()[0].text, "bad \xEF\xBF\xBD text");
  for (std::size_t i = 0; i < 2 * limits::messages; ++i)
    shop.fold(frame);
  EXPECT_EQ(shop.messages().size(), limits::messages);
}

TEST(program, knows_when_it_was_not_traced) {
  program shop{test::greeting()};
  std::int64_t now = start;
  const auto hear = [&](bool tracing, bool snapshot = false) {
    schema::frame frame = snapshot ? test::snapshot_at(now) : frame_at(now);
    frame.tracing = tracing;
    shop.fold(frame);
    now += second;
  };
  hear(false, true);
  hear(false);
  hear(true);
  EXPECT_TRUE(shop.untraced().empty()) << "what was before is before its begin";
  hear(true);
  hear(false);
  hear(false);
  EXPECT_TRUE(shop.untraced().empty()) << "it goes on";
  hear(true);
  ASSERT_EQ(shop.untraced().size(), 1U);
  EXPECT_EQ(shop.untraced()[0], (untraced_stretch{start + 3 * second, start + 6 * second}));
  // Nothing is sent while there is no connection, nor with the snapshot.
  shop.begin_snapshot();
  now += 10 * second;
  hear(true, true);
  EXPECT_EQ(shop.untraced().size(), 1U);
  hear(true);
  ASSERT_EQ(shop.untraced().size(), 2U);
  EXPECT_EQ(shop.untraced()[1], (untraced_stretch{start + 6 * second, start + 18 * second}));
}

}  // namespace
}  // namespace asioscope::model
