// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/trace_store.hpp"

#include "events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

namespace asioscope::model {
namespace {

using schema::event;
using schema::event_kind;
using test::created_event;
using test::moment_event;
using test::run_event;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t plenty = 1'000'000;

event scope(std::int64_t begin, std::uint64_t duration, std::uint32_t site,
            std::uint32_t task = 0) {
  event result = run_event(begin, duration, site);
  result.kind = event_kind::span;
  result.task = task;
  return result;
}

trace_store store_of(const std::vector<event>& events, std::uint32_t thread = 1) {
  trace_store store(plenty);
  store.fold(schema::event_batch{thread, events});
  return store;
}

std::vector<std::uint32_t> sites(const slice_track& track) {
  std::vector<std::uint32_t> result;
  for (std::size_t index = 0; index < track.size(); ++index)
    result.push_back(track[index].site);
  return result;
}

TEST(trace_store, keeps_runs_by_thread_in_their_order) {
  trace_store store = store_of({run_event(10, 5, 1), run_event(20, 5, 2)});
  store.fold(schema::event_batch{2, {run_event(12, 5, 3)}});
  store.fold(schema::event_batch{1, {run_event(30, 5, 4)}});
  ASSERT_EQ(store.lanes().size(), 2U);
  EXPECT_THAT(sites(store.lanes().at(1).depths[0]), ElementsAre(1, 2, 4));
  EXPECT_THAT(sites(store.lanes().at(2).depths[0]), ElementsAre(3));
  EXPECT_EQ(store.events(), 4U);
  EXPECT_EQ(store.begin_ns(), 10);
  EXPECT_EQ(store.end_ns(), 35);
  EXPECT_EQ(store.refused(), 0U);
}

TEST(trace_store, puts_below_what_lies_within) {
  // Events come when they end: the inner ones first.
  const trace_store store = store_of({
      scope(12, 2, 11),
      scope(11, 6, 12),
      run_event(18, 1, 13),  // a run within the run: a loop that is run by a handler
      run_event(10, 20, 14),
      run_event(40, 5, 15),
  });
  const lane& lane = store.lanes().at(1);
  ASSERT_EQ(lane.depths.size(), 3U);
  EXPECT_THAT(sites(lane.depths[0]), ElementsAre(14, 15));
  EXPECT_THAT(sites(lane.depths[1]), ElementsAre(12, 13));
  EXPECT_THAT(sites(lane.depths[2]), ElementsAre(11));
  EXPECT_EQ(store.events(), 5U);
}

TEST(trace_store, what_follows_at_once_is_not_within) {
  const trace_store store = store_of(
      {run_event(10, 10, 1), run_event(20, 10, 2), run_event(30, 0, 3), run_event(30, 4, 4)});
  EXPECT_THAT(sites(store.lanes().at(1).depths[0]), ElementsAre(1, 2, 4));
  EXPECT_THAT(sites(store.lanes().at(1).depths[1]), ElementsAre(3)) << "at the same moment";
}

TEST(trace_store, moments_that_were_converted_apart_do_no_harm) {
  // The clock was refined in between: the second seems to begin before the first has ended.
  const trace_store store = store_of({run_event(1'000, 500, 1), run_event(1'480, 500, 2)});
  EXPECT_THAT(sites(store.lanes().at(1).depths[0]), ElementsAre(1, 2));
  // Or to end before it.
  const trace_store early = store_of({run_event(1'000, 500, 1), run_event(1'450, 40, 2)});
  EXPECT_THAT(sites(early.lanes().at(1).depths[0]), ElementsAre(1, 2));
  EXPECT_EQ(early.lanes().at(1).depths[0].back().end_ns(), 1'500);
  EXPECT_EQ(early.lanes().at(1).depths[0].back().duration_ns, 40U) << "what it took is known";
}

TEST(trace_store, a_scope_that_a_task_kept_open_while_it_was_suspended_is_no_parent) {
  const trace_store store = store_of(
      {run_event(10, 5, 1), run_event(20, 5, 2), scope(11, 20, 9, 7), run_event(30, 5, 3)});
  const lane& lane = store.lanes().at(1);
  EXPECT_THAT(sites(lane.depths[0]), ElementsAre(1, 2, 3));
  EXPECT_EQ(lane.depths.size(), 1U);
  EXPECT_THAT(sites(lane.across), ElementsAre(9));
}

TEST(trace_store, keeps_waits_and_moments_apart) {
  event wait = run_event(5, 100, 4);
  wait.kind = event_kind::wait;
  const trace_store store =
      store_of({moment_event(event_kind::task_begin, 1), run_event(10, 5),
                moment_event(event_kind::task_end, 15), wait, moment_event(event_kind::unrun, 106),
                moment_event(event_kind::occurrence, 107)});
  const lane& lane = store.lanes().at(1);
  EXPECT_EQ(lane.depths[0].size(), 1U);
  EXPECT_EQ(lane.across.size(), 1U);
  EXPECT_EQ(lane.moments.size(), 4U);
  EXPECT_EQ(store.events(), 6U);
  EXPECT_EQ(store.end_ns(), 107);
}

TEST(trace_store, forgets_the_oldest_of_all_threads_first) {
  constexpr std::size_t most = 10 * slice_track::chunk_size;
  trace_store store(most);
  // One thread is busy at first, the other later.
  std::int64_t now = 0;
  for (const std::uint32_t thread : {1U, 2U}) {
    for (std::size_t index = 0; index < most; ++index) {
      store.fold(schema::event_batch{thread, {run_event(now, 5)}});
      now += 10;
    }
  }
  EXPECT_LE(store.events(), most);
  EXPECT_GT(store.events(), most - 2 * slice_track::chunk_size);
  EXPECT_TRUE(store.lanes().at(1).depths[0].empty());
  EXPECT_EQ(store.bytes(), store.events() * sizeof(slice));
  // What lies before that has been forgotten, at least partly.
  const slice& oldest = store.lanes().at(2).depths[0].front();
  EXPECT_LE(store.begin_ns(), oldest.begin_ns);
  EXPECT_GT(store.begin_ns(), oldest.begin_ns - 10);
}

TEST(trace_store, that_is_to_keep_nothing_keeps_nothing) {
  trace_store store(0);
  store.fold(schema::event_batch{1, {scope(12, 2, 11), run_event(10, 20), run_event(40, 5)}});
  EXPECT_EQ(store.events(), 0U);
  store.fold(schema::event_batch{1, {run_event(60, 5)}});
  EXPECT_EQ(store.events(), 0U);
}

TEST(trace_store, keeps_creations_apart_and_in_order) {
  const trace_store store =
      store_of({created_event(100, 7), created_event(90, 8), run_event(80, 40)});
  const creation_track& track = store.lanes().at(1).creations;
  ASSERT_EQ(track.size(), 2U);
  EXPECT_EQ(track[0].operation, 7U);
  EXPECT_EQ(track[1].operation, 8U);
  EXPECT_EQ(track[1].time_ns, 100) << "the clock was refined in between";
  EXPECT_EQ(track.first_from(99), 0U);
  EXPECT_EQ(track.first_from(100), 0U);
  EXPECT_EQ(track.first_from(101), 2U);
  EXPECT_EQ(store.events(), 3U);
  EXPECT_EQ(store.bytes(), sizeof(slice) + 2 * sizeof(creation));
  EXPECT_EQ(store.refused(), 0U);
  EXPECT_EQ(store_of({created_event(5'000'000'000, 7), created_event(1, 8)}).refused(), 1U);
  EXPECT_EQ(store_of({created_event(5, 0)}).refused(), 1U) << "of nothing";
}

TEST(trace_store, forgets_creations_too_and_keeps_to_its_memory) {
  constexpr std::size_t most = 10 * slice_track::chunk_size;
  trace_store store(most);
  for (std::uint32_t index = 1; index < 5 * most; ++index) {
    const std::int64_t now = 100 * index;
    store.fold(schema::event_batch{1, {created_event(now, index), run_event(now + 10, 5)}});
  }
  EXPECT_LE(store.bytes(), most * sizeof(slice));
  EXPECT_GT(store.bytes(), (most - 2 * slice_track::chunk_size) * sizeof(slice));
  EXPECT_GT(store.events(), most) << "creations are small";
  const lane& lane = store.lanes().at(1);
  EXPECT_EQ(store.events(), lane.creations.size() + lane.depths[0].size());
  // Of both that which is as old.
  const std::int64_t apart = lane.creations.front().time_ns - lane.depths[0].front().begin_ns;
  EXPECT_LE(std::abs(apart), 100 * static_cast<std::int64_t>(slice_track::chunk_size));
  EXPECT_FALSE(store.is_whole(1, 2));
  EXPECT_TRUE(store.is_whole(store.begin_ns(), store.end_ns()));
}

TEST(trace_store, is_whole_where_nothing_is_missing) {
  trace_store store = store_of({run_event(100, 10), run_event(200, 10)});
  EXPECT_TRUE(store.is_whole(0, 1'000));
  store.fold(schema::gap{1, 40, 200, 300});
  store.fold(schema::event_batch{1, {run_event(300, 100), run_event(500, 10)}});
  EXPECT_TRUE(store.is_whole(100, 200));
  EXPECT_FALSE(store.is_whole(100, 201));
  EXPECT_FALSE(store.is_whole(250, 260));
  EXPECT_FALSE(store.is_whole(350, 360)) << "the first after the gap was told when it had ended";
  EXPECT_TRUE(store.is_whole(400, 600));
  store.interrupt();
  EXPECT_TRUE(store.is_whole(400, 510));
  EXPECT_FALSE(store.is_whole(400, 511)) << "nobody tells";
  store.fold(schema::event_batch{2, {run_event(490, 210), run_event(900, 10)}});
  EXPECT_FALSE(store.is_whole(400, 511));
  EXPECT_FALSE(store.is_whole(600, 650));
  EXPECT_TRUE(store.is_whole(700, 1'000)) << "by the end of that, somebody listened";
}

TEST(trace_store, of_what_is_missing_too_often_nothing_earlier_is_whole) {
  trace_store store = store_of({run_event(1, 2)});
  for (std::size_t index = 0; index < limits::gaps + 1; ++index) {
    const auto begin = static_cast<std::int64_t>(1'000 + 100 * index);
    store.fold(schema::gap{1, 1, begin, begin + 10});
  }
  EXPECT_FALSE(store.is_whole(10, 20));
  EXPECT_TRUE(store.is_whole(1'115, 1'150));
}

TEST(trace_store, refuses_what_is_impossible) {
  const trace_store backwards =
      store_of({run_event(5'000'000'000, 5, 1), run_event(1'000'000'000, 5, 2)});
  EXPECT_THAT(sites(backwards.lanes().at(1).depths[0]), ElementsAre(1));
  EXPECT_EQ(backwards.refused(), 1U);

  event elsewhere = run_event(1, 2);
  elsewhere.loop = 70'000;
  const trace_store impossible = store_of({elsewhere});
  EXPECT_EQ(impossible.events(), 0U);
  EXPECT_EQ(impossible.refused(), 1U);

  std::vector<event> dolls;
  for (std::int64_t depth = 0; depth < 100; ++depth)
    dolls.push_back(run_event(1'000 - depth, static_cast<std::uint64_t>(2 * depth + 1)));
  const trace_store nested = store_of(dolls);
  EXPECT_LT(nested.lanes().at(1).depths.size(), 50U);
  EXPECT_EQ(nested.events() + nested.refused(), 100U);

  trace_store crowded(plenty);
  for (std::uint32_t thread = 0; thread < limits::threads + 10; ++thread)
    crowded.fold(schema::event_batch{thread, {run_event(thread, 1)}});
  EXPECT_EQ(crowded.lanes().size(), limits::threads);
  EXPECT_EQ(crowded.refused(), 10U);
}

TEST(trace_store, survives_any_moment) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto longest = std::numeric_limits<std::uint64_t>::max();
  for (const std::int64_t begin : {least, std::int64_t{0}, most}) {
    for (const std::uint64_t duration : {std::uint64_t{0}, longest}) {
      event wild = run_event(begin, duration);
      wild.delay_ns = longest;
      wild.flags = schema::run_flag_delay;
      const trace_store store = store_of({wild, wild, run_event(1, 2), wild});
      EXPECT_EQ(store.events() + store.refused(), 4U);
      const slice& first = store.lanes().at(1).depths[0].front();
      EXPECT_LE(first.ready_ns(), first.begin_ns);
      EXPECT_LE(first.begin_ns, first.end_ns());
    }
  }
}

TEST(trace_store, notes_gaps_where_they_are) {
  trace_store store(plenty);
  store.fold(schema::gap{1, 40, 100, 200});
  EXPECT_THAT(store.lanes().at(1).depths, IsEmpty());
  ASSERT_EQ(store.lanes().at(1).gaps.size(), 1U);
  EXPECT_EQ(store.lanes().at(1).gaps[0].count, 40U);
}

TEST(trace_store, a_copy_is_a_frozen_view) {
  trace_store store = store_of({scope(12, 2, 11), run_event(20, 5, 1)});
  const trace_store copy = store;
  store.fold(schema::event_batch{1, {run_event(5, 100, 2)}});
  EXPECT_THAT(sites(store.lanes().at(1).depths[0]), ElementsAre(2));
  EXPECT_THAT(sites(copy.lanes().at(1).depths[0]), ElementsAre(11, 1));
  EXPECT_EQ(copy.events(), 2U);
}

}  // namespace
}  // namespace asioscope::model
