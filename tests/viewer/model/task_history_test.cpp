// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/task_history.hpp"

#include "messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace asioscope::model {
namespace {

using schema::event_kind;

constexpr std::size_t plenty = 10'000'000;
const ring<untraced_stretch> no_holes{1};

schema::event event(event_kind kind, std::uint32_t task, std::int64_t begin,
                    std::uint64_t duration = 0, std::uint64_t delay = 0) {
  schema::event result;
  result.kind = kind;
  result.site = 1;
  result.task = task;
  result.time_ns = begin;
  result.duration_ns = duration;
  result.delay_ns = delay;
  result.flags = delay != 0 ? std::uint8_t{schema::run_flag_delay} : std::uint8_t{0};
  return result;
}

schema::event run(std::uint32_t task, std::int64_t begin, std::uint64_t duration,
                  std::uint64_t delay = 0) {
  return event(event_kind::run, task, begin, duration, delay);
}

schema::task_info life(std::uint64_t id, std::int64_t spawned, std::int64_t ended = 0) {
  schema::task_info result = test::live_task(id, spawned);
  result.ended_ns = ended;
  if (ended != 0) result.state = schema::task_state::done;
  return result;
}

task_history history_of(const trace_store& trace, const schema::task_info& task,
                        std::int64_t now_ns, std::size_t portion = plenty) {
  task_history_search search;
  search.begin(trace, no_holes, task, now_ns);
  while (!search.step(portion)) {
  }
  EXPECT_FALSE(search.is_going_on());
  return search.take();
}

TEST(task_history, is_what_a_task_did_on_all_threads) {
  trace_store trace(plenty);
  schema::event hop = run(5, 400, 10);
  hop.flags = schema::run_flag_hop;
  schema::event parse = event(event_kind::span, 5, 1'105, 20);
  schema::event parse_longer = event(event_kind::span, 5, 2'010, 30);
  schema::event other_scope = event(event_kind::span, 5, 2'050, 5);
  other_scope.site = 9;
  trace.fold(schema::event_batch{1, {hop, parse, run(5, 1'100, 100, 40), run(6, 1'300, 50, 7)}});
  trace.fold(schema::event_batch{2,
                                 {event(event_kind::wait, 5, 1'500, 300), parse_longer, other_scope,
                                  run(5, 2'000, 200, 60), run(5, 2'300, 10)}});
  const task_history found = history_of(trace, life(5, 1'000), 3'000);
  EXPECT_EQ(found.task, 5U);
  EXPECT_TRUE(found.is_known());
  EXPECT_EQ(found.begin_ns, 1'000);
  EXPECT_EQ(found.end_ns, 3'000);
  EXPECT_EQ(found.runs, 3U);
  EXPECT_EQ(found.run.count(), 3U);
  EXPECT_EQ(found.run.sum_ns, 310U);
  EXPECT_EQ(found.longest_ns, 200U);
  EXPECT_EQ(found.delay.count(), 2U) << "of the third it is not known";
  EXPECT_EQ(found.delay.sum_ns, 100U);
  EXPECT_EQ(found.longest_delay_ns, 60U);
  ASSERT_EQ(found.ran.size(), 3U);
  EXPECT_EQ(found.threads, (std::vector<std::uint32_t>{1, 2, 2}));
  EXPECT_EQ(found.run_after(1'150), 0U);
  EXPECT_EQ(found.run_after(1'200), 1U);
  ASSERT_EQ(found.queued.size(), 2U);
  EXPECT_EQ(found.queued[1].begin_ns, 1'940);
  EXPECT_EQ(found.queued[1].end_ns(), 2'000);
  ASSERT_EQ(found.waited.size(), 1U);
  EXPECT_EQ(found.waited[0].begin_ns, 1'500);
  ASSERT_EQ(found.scopes.size(), 2U);
  EXPECT_EQ(found.scopes[0].count, 2U);
  EXPECT_EQ(found.scopes[0].total_ns, 50U);
  EXPECT_EQ(found.scopes[0].longest.duration_ns, 30U);
  EXPECT_EQ(found.scopes[1].site, 9U);
}

TEST(task_history, knows_tasks_that_share_the_low_half_of_an_id_by_their_lives) {
  trace_store trace(plenty);
  constexpr std::int64_t ms = test::ms;
  trace.fold(schema::event_batch{
      1, {run(5, 10 * ms, 11), run(5, 20 * ms, 22), run(5, 40 * ms, 33), run(5, 60 * ms, 44)}});
  const std::uint64_t twin = (std::uint64_t{1} << 32U) + 5;
  EXPECT_EQ(history_of(trace, life(5, 9 * ms, 30 * ms), 100 * ms).run.sum_ns, 33U);
  EXPECT_EQ(history_of(trace, life(twin, 35 * ms), 100 * ms).run.sum_ns, 77U);
  EXPECT_EQ(history_of(trace, life(5, 9 * ms, 30 * ms), 100 * ms).end_ns, 30 * ms);
}

TEST(task_history, tells_what_the_trace_does_not_cover) {
  trace_store trace(plenty);
  EXPECT_FALSE(history_of(trace, life(5, 1'000), 3'000).is_known());
  trace.fold(schema::event_batch{1, {run(7, 2'000, 10)}});
  trace.fold(schema::gap{1, 12, 2'500, 2'600});
  trace.fold(schema::gap{1, 13, 9'000, 9'100});
  const task_history found = history_of(trace, life(5, 1'000, 3'000), 5'000);
  EXPECT_EQ(found.begin_ns, 2'000) << "what was before is not kept";
  EXPECT_EQ(found.end_ns, 3'000);
  EXPECT_EQ(found.runs, 0U);
  ASSERT_EQ(found.gaps.size(), 1U) << "the other one came after its end";
  EXPECT_EQ(found.gaps[0].count, 12U);
  EXPECT_FALSE(history_of(trace, life(5, 100, 200), 5'000).is_known()) << "ended before";
}

TEST(task_history, is_the_same_in_portions_while_the_trace_goes_on) {
  trace_store trace(200'000);
  std::mt19937 random(3);
  std::int64_t now = 0;
  std::uint64_t sum = 0;
  std::uint64_t runs = 0;
  const auto fold = [&](std::size_t count, bool counts) {
    schema::event_batch batch{1 + static_cast<std::uint32_t>(random() % 3), {}};
    for (std::size_t i = 0; i < count; ++i) {
      now += 100;
      const std::uint32_t task = 1 + random() % 4;
      batch.events.push_back(run(task, now, 1 + random() % 90));
      if (!counts || task != 2) continue;
      sum += batch.events.back().duration_ns;
      ++runs;
    }
    trace.fold(batch);
  };
  for (int i = 0; i < 100; ++i)
    fold(1'000, true);
  task_history_search search;
  search.begin(trace, no_holes, life(2, 1), now);
  std::size_t steps = 0;
  while (!search.step(3'000)) {
    ++steps;
    fold(20'000, false);  // what was there at the begin is forgotten meanwhile
  }
  EXPECT_GT(steps, 30U);
  const task_history found = search.take();
  EXPECT_EQ(found.runs, runs);
  EXPECT_EQ(found.run.sum_ns, sum);
  ASSERT_EQ(found.ran.size(), found.threads.size());
  for (std::size_t i = 1; i < found.ran.size(); ++i)
    ASSERT_LE(found.ran[i - 1].end_ns(), found.ran[i].end_ns());
}

TEST(task_history, draws_the_latest_and_counts_all) {
  constexpr std::size_t most = task_history::most_drawn;
  trace_store trace(plenty);
  // Two threads in turns, one of them with many more: the latest of both are kept.
  for (std::uint32_t thread = 1; thread <= 2; ++thread) {
    schema::event_batch batch{thread, {}};
    const std::size_t count = thread == 1 ? 3 * most : most / 2;
    const std::int64_t step = thread == 1 ? 100 : 600;
    for (std::size_t i = 0; i < count; ++i)
      batch.events.push_back(run(5, 1'000 + static_cast<std::int64_t>(i) * step + thread, 10, 5));
    trace.fold(batch);
  }
  const task_history found =
      history_of(trace, life(5, 500), 1'000 + static_cast<std::int64_t>(3 * most) * 100);
  EXPECT_EQ(found.runs, 3 * most + most / 2);
  EXPECT_EQ(found.run.count(), found.runs);
  ASSERT_EQ(found.ran.size(), most);
  EXPECT_EQ(found.queued.size(), most);
  EXPECT_GT(found.drawn_from_ns, found.begin_ns);
  EXPECT_GE(found.ran.front().end_ns(), found.drawn_from_ns);
  // Of each seven runs one was on the second thread.
  const auto of_second = std::ranges::count(found.threads, 2U);
  EXPECT_NEAR(static_cast<double>(of_second), static_cast<double>(most) / 7.0, 10.0);
}

TEST(task_history, knows_each_moment) {
  using what = task_moment::what;
  trace_store trace(plenty);
  trace.fold(schema::event_batch{
      1,
      {run(7, 900, 10), run(5, 1'100, 100, 40), event(event_kind::wait, 5, 1'500, 300),
       event(event_kind::wait, 5, 1'400, 450), run(5, 2'000, 200, 60)}});
  trace.fold(schema::gap{2, 7, 2'300, 2'400});
  ring<untraced_stretch> holes(4);
  holes.push({2'500, 2'600});
  holes.push({7'500, 7'600});
  task_history_search search;
  search.begin(trace, holes, life(5, 1'000), 3'000);
  EXPECT_TRUE(search.step(plenty));
  const task_history found = search.take();
  EXPECT_EQ(found.untraced.size(), 1U);
  const auto expect = [&](std::int64_t moment, what kind, std::int64_t begin, std::int64_t end) {
    SCOPED_TRACE(moment);
    const task_moment is = moment_of(found, moment);
    EXPECT_EQ(is.kind, kind);
    EXPECT_EQ(is.begin_ns, begin);
    EXPECT_EQ(is.end_ns, end);
  };
  expect(999, what::unknown, 0, 0);
  expect(1'000, what::idle, 1'000, 1'060);
  expect(1'060, what::queued, 1'060, 1'100);
  expect(1'100, what::run, 1'100, 1'200);
  EXPECT_EQ(moment_of(found, 1'199).thread, 1U);
  expect(1'200, what::idle, 1'200, 1'940);
  expect(1'450, what::resource, 1'400, 1'850);
  expect(1'550, what::resource, 1'500, 1'800);
  expect(1'820, what::resource, 1'400, 1'850);
  expect(1'950, what::queued, 1'940, 2'000);
  expect(2'199, what::run, 2'000, 2'200);
  expect(2'350, what::lost, 2'300, 2'400);
  EXPECT_EQ(moment_of(found, 2'350).lost, 7U);
  EXPECT_EQ(moment_of(found, 2'350).thread, 2U);
  expect(2'550, what::untraced, 2'500, 2'600);
  expect(2'999, what::idle, 2'200, 3'000);
  expect(3'000, what::unknown, 0, 0);
  task_history waiting = found;
  waiting.waits_since_ns = 2'250;
  EXPECT_EQ(moment_of(waiting, 2'249).kind, what::idle);
  EXPECT_EQ(moment_of(waiting, 2'250).kind, what::resource);
  EXPECT_EQ(moment_of(waiting, 2'550).kind, what::resource) << "that is known without the trace";
  EXPECT_EQ(moment_of(waiting, 2'999).end_ns, 3'000);
  EXPECT_EQ(moment_of({}, 0).kind, what::unknown);
}

TEST(task_history, survives_moments_that_make_no_sense) {
  constexpr std::int64_t first = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  trace_store trace(plenty);
  trace.fold(schema::event_batch{1, {run(5, 1'000, 10), run(5, last, 7, 1)}});
  trace.fold(schema::gap{1, 7, first, last});
  for (const std::int64_t spawned : {first, std::int64_t{0}, last}) {
    for (const std::int64_t end : {first + 1, std::int64_t{5'000}, last}) {
      for (const bool is_live : {true, false}) {
        const task_history found =
            history_of(trace, is_live ? life(5, spawned) : life(5, spawned, end), end);
        EXPECT_LE(found.begin_ns, found.end_ns);
        static_cast<void>(moment_of(found, 3'000));
      }
    }
  }
}

}  // namespace
}  // namespace asioscope::model
