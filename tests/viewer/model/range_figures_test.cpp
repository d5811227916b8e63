// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/range_figures.hpp"

#include "events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace asioscope::model {
namespace {

using schema::event_kind;
using test::late_run_event;
using testing::UnorderedElementsAre;

schema::event of_task(schema::event event, std::uint32_t task) {
  event.task = task;
  return event;
}
schema::event with_flag(schema::event event, schema::run_flag flag) {
  event.flags |= flag;
  return event;
}
schema::event of_kind(schema::event event, event_kind kind, std::uint8_t flags = 0) {
  event.kind = kind;
  event.flags = flags;
  return event;
}

schema::event end(std::int64_t at, std::uint32_t task, schema::task_state state,
                  std::uint64_t lived_ns = 0) {
  schema::event result = of_task(of_kind(test::moment_event(event_kind::task_end, at),
                                         event_kind::task_end, static_cast<std::uint8_t>(state)),
                                 task);
  result.delay_ns = lived_ns;
  return result;
}

trace_store story() {
  trace_store trace(1'000'000);
  trace.fold(
      schema::event_batch{1,
                          {late_run_event(1, 5, 100, 50, 10),
                           with_flag(late_run_event(1, 5, 200, 200, 30), schema::run_flag_slow),
                           with_flag(late_run_event(1, 6, 500, 10, 0), schema::run_flag_exception),
                           with_flag(late_run_event(1, 6, 520, 10, 0), schema::run_flag_hop),
                           with_flag(late_run_event(2, 6, 540, 10, 0), schema::run_flag_error),
                           with_flag(late_run_event(2, 6, 560, 10, 0), schema::run_flag_cancelled),
                           late_run_event(1, 7, 605, 10), late_run_event(1, 5, 600, 100, 40),
                           late_run_event(1, 5, 800, 10, 5)}});
  return trace;
}

TEST(figures_of, are_those_of_the_runs_in_the_stretch) {
  const range_figures found = figures_of(story(), 300, 650);
  EXPECT_TRUE(found.is_whole);
  ASSERT_EQ(found.handlers.size(), 4U);
  const range_figures::handler& five = found.handlers.at({1, 5});
  EXPECT_EQ(five.figures.run.count(), 2U);
  EXPECT_EQ(five.figures.run.sum_ns, 300U) << "whole runs: how long they take";
  EXPECT_EQ(five.busy_ns, 100U + 50) << "and the part within: how busy it was then";
  EXPECT_EQ(five.figures.longest_ns, 200U);
  EXPECT_EQ(five.figures.delay.count(), 2U);
  EXPECT_EQ(five.figures.delay.sum_ns, 70U);
  EXPECT_EQ(five.figures.slow, 1U);
  EXPECT_EQ(five.figures.site, 5U);
  EXPECT_EQ(found.handlers.at({1, 6}).figures.failed, 1U);
  EXPECT_EQ(found.handlers.at({1, 6}).figures.run.count(), 1U) << "a hop is no handler";
  EXPECT_EQ(found.handlers.at({2, 6}).figures.errors, 1U);
  EXPECT_EQ(found.handlers.at({2, 6}).figures.cancelled, 1U);
  EXPECT_EQ(found.handlers.at({1, 7}).figures.run.count(), 1U) << "within another run";
  EXPECT_TRUE(figures_of(story(), 710, 790).handlers.empty());
  EXPECT_EQ(figures_of(story(), 150, 200).handlers.size(), 0U) << "ends and begins touch it";
}

TEST(figures_of, tasks_are_those_that_ran_or_waited) {
  trace_store trace(1'000'000);
  trace.fold(schema::event_batch{
      1,
      {of_task(late_run_event(1, 5, 100, 50), 1), of_task(late_run_event(1, 5, 200, 50), 2),
       end(250, 2, schema::task_state::failed), of_task(late_run_event(1, 5, 400, 50, 140), 3),
       end(450, 3, schema::task_state::failed),
       of_kind(of_task(late_run_event(1, 9, 120, 400), 4), event_kind::wait),
       of_kind(of_task(late_run_event(1, 9, 310, 300), 5), event_kind::wait),
       of_task(late_run_event(1, 5, 700, 50, 100), 6)}});
  const range_figures found = figures_of(trace, 220, 300);
  EXPECT_THAT(found.tasks, UnorderedElementsAre(2, 3, 4));
}

TEST(figures_of, ended_tasks_are_told_by_outcome_and_by_how_long_they_lived) {
  using state = schema::task_state;
  trace_store trace(1'000'000);
  trace.fold(
      schema::event_batch{1,
                          {end(100, 1, state::failed, 10), end(220, 2, state::failed, 120),
                           end(230, 3, state::done, 4'000), end(240, 4, state::cancelled),
                           end(250, 5, state::abandoned, 0), end(300, 6, state::failed, 1)}});
  const range_figures found = figures_of(trace, 220, 300);
  ASSERT_EQ(found.ended_tasks.size(), 1U);
  const schema::task_statistics& name = found.ended_tasks.at({1, 1});
  EXPECT_EQ(name.loop, 1U);
  EXPECT_EQ(name.site, 1U);
  EXPECT_EQ(name.finished, 4U);
  EXPECT_EQ(name.failed, 1U) << "what ends with the stretch lies beyond it";
  EXPECT_EQ(name.cancelled, 1U);
  EXPECT_EQ(name.abandoned, 1U);
  EXPECT_EQ(name.duration.count(), 2U) << "an older program does not say how long they lived";
  EXPECT_EQ(name.duration.sum_ns, 4'120U);
}

TEST(figures_of, say_when_they_are_not_all) {
  trace_store trace = story();
  EXPECT_FALSE(figures_of(trace, 50, 650).is_whole) << "before the trace begins";
  EXPECT_FALSE(figures_of(trace, 300, 650, 3).is_whole) << "too much";
  trace.fold(schema::gap{4, 1, 400, 410});
  EXPECT_FALSE(figures_of(trace, 300, 650).is_whole);
  EXPECT_TRUE(figures_of(trace, 420, 650).is_whole);
  EXPECT_FALSE(figures_of(trace_store(10), 300, 650).is_whole) << "nothing is known at all";
}

}  // namespace
}  // namespace asioscope::model
