// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/task_lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace asioscope::model {
namespace {

using schema::event_kind;
using testing::ElementsAre;
using what = task_stretch::what;

schema::event event(event_kind kind, std::uint32_t task, std::int64_t begin,
                    std::uint64_t duration = 0, std::uint64_t delay = 0) {
  schema::event result;
  result.kind = kind;
  result.site = kind == event_kind::task_begin ? 77 : 1;
  result.task = task;
  result.time_ns = begin;
  result.duration_ns = duration;
  result.delay_ns = delay;
  result.flags = kind == event_kind::run ? std::uint8_t{schema::run_flag_delay} : std::uint8_t{0};
  return result;
}

trace_store story() {
  trace_store store(1'000'000);
  store.fold(schema::event_batch{
      1,
      {event(event_kind::task_begin, 5, 100), event(event_kind::run, 5, 110, 10, 10),
       event(event_kind::run, 6, 130, 100, 0), event(event_kind::run, 0, 240, 50, 0)}});
  store.fold(schema::event_batch{
      2,
      {event(event_kind::wait, 5, 120, 80), event(event_kind::run, 5, 210, 20, 10),
       event(event_kind::span, 5, 115, 110), event(event_kind::task_end, 5, 230)}});
  return store;
}

std::vector<what> kinds(const task_lane& lane) {
  std::vector<what> result;
  for (const task_stretch& each : lane.stretches)
    result.push_back(each.kind);
  return result;
}

TEST(task_lanes, follow_a_task_over_threads_and_waits) {
  const task_lanes found = task_lanes_of(story(), 0, 1'000, 10, 1'000);
  EXPECT_EQ(found.tasks, 2U);
  ASSERT_EQ(found.lanes.size(), 2U);
  const task_lane& lane = found.lanes[0];
  EXPECT_EQ(lane.task, 5U);
  EXPECT_EQ(lane.site, 1U) << "the latest that named it";
  EXPECT_TRUE(lane.has_begun);
  EXPECT_EQ(lane.begin_ns, 100);
  EXPECT_TRUE(lane.has_ended);
  EXPECT_EQ(lane.end_ns, 230);
  EXPECT_EQ(lane.busy_ns, 30U);
  EXPECT_EQ(lane.waited_ns, 100U);
  EXPECT_THAT(kinds(lane), ElementsAre(what::scope, what::resource, what::queued, what::queued,
                                       what::run, what::run));
  EXPECT_EQ(lane.stretches[4].thread, 1U);
  EXPECT_EQ(lane.stretches[5].thread, 2U);
  EXPECT_FALSE(found.lanes[1].has_begun);
}

TEST(task_lanes, hold_what_lies_in_the_stretch_at_least_partly) {
  const task_lanes found = task_lanes_of(story(), 150, 205, 10, 1'000);
  ASSERT_EQ(found.lanes.size(), 2U);
  const auto& of_five = found.lanes[0].task == 5 ? found.lanes[0] : found.lanes[1];
  EXPECT_THAT(kinds(of_five), ElementsAre(what::scope, what::resource, what::queued));
  EXPECT_EQ(of_five.waited_ns, 50U + 5U) << "within";
}

TEST(task_lanes, list_those_that_did_most_and_the_one_that_is_wanted) {
  trace_store store(1'000'000);
  std::vector<schema::event> events;
  for (std::uint32_t task = 1; task <= 20; ++task)
    events.push_back(event(event_kind::run, task, task * 1'000, task));
  store.fold(schema::event_batch{1, events});
  const auto tasks = [](const task_lanes& found) {
    std::vector<std::uint32_t> result;
    for (const task_lane& lane : found.lanes)
      result.push_back(lane.task);
    return result;
  };
  EXPECT_THAT(tasks(task_lanes_of(store, 0, 100'000, 3, 1'000)), ElementsAre(18, 19, 20));
  const slice of_two = store.lanes().at(1).depths[0][1];
  EXPECT_THAT(tasks(task_lanes_of(store, 0, 100'000, 3, 1'000, &of_two)), ElementsAre(2, 19, 20));
  EXPECT_EQ(task_lanes_of(store, 0, 100'000, 3, 1'000).tasks, 20U);
}

TEST(task_lanes, tasks_that_share_the_low_half_of_their_ids_have_lanes_of_their_own) {
  trace_store store(1'000'000);
  store.fold(schema::event_batch{
      1,
      {event(event_kind::run, 5, 100, 10),  // began before
       event(event_kind::task_end, 5, 110), event(event_kind::task_begin, 5, 200),
       event(event_kind::run, 5, 210, 20), event(event_kind::task_end, 5, 230),
       event(event_kind::task_begin, 5, 300)}});
  store.fold(schema::event_batch{2, {event(event_kind::run, 5, 310, 40)}});
  const task_lanes found = task_lanes_of(store, 0, 1'000, 10, 1'000);
  ASSERT_EQ(found.lanes.size(), 3U);
  EXPECT_EQ(found.lanes[0].busy_ns, 10U);
  EXPECT_FALSE(found.lanes[0].has_begun);
  EXPECT_EQ(found.lanes[0].end_ns, 110);
  EXPECT_EQ(found.lanes[1].busy_ns, 20U);
  EXPECT_EQ(found.lanes[1].begin_ns, 200);
  EXPECT_EQ(found.lanes[1].end_ns, 230);
  EXPECT_EQ(found.lanes[2].busy_ns, 40U);
  EXPECT_FALSE(found.lanes[2].has_ended);
}

TEST(task_lanes, tell_them_apart_when_they_began_on_different_threads) {
  trace_store store(1'000'000);
  // The thread that comes first in the store has the later begin.
  store.fold(schema::event_batch{
      1, {event(event_kind::task_begin, 5, 300), event(event_kind::run, 5, 310, 40)}});
  store.fold(schema::event_batch{
      2, {event(event_kind::task_begin, 5, 100), event(event_kind::run, 5, 120, 10)}});
  const task_lanes found = task_lanes_of(store, 0, 1'000, 10, 1'000);
  ASSERT_EQ(found.lanes.size(), 2U);
  EXPECT_EQ(found.lanes[0].busy_ns, 10U);
  EXPECT_EQ(found.lanes[1].busy_ns, 40U);
}

TEST(task_lanes, are_not_made_when_there_is_too_much_to_look_at) {
  const task_lanes found = task_lanes_of(story(), 0, 1'000, 10, 5);
  EXPECT_TRUE(found.is_too_much);
  EXPECT_TRUE(found.lanes.empty());
}

}  // namespace
}  // namespace asioscope::model
