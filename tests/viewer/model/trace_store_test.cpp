// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/trace_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace asioscope::model {
namespace {

using schema::event;
using schema::event_kind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t plenty = 1'000'000;

event run(std::int64_t begin, std::uint64_t duration, std::uint32_t site = 1) {
  event result;
  result.time_ns = begin;
  result.duration_ns = duration;
  result.site = site;
  return result;
}

event scope(std::int64_t begin, std::uint64_t duration, std::uint32_t site,
            std::uint32_t task = 0) {
  event result = run(begin, duration, site);
  result.kind = event_kind::span;
  result.task = task;
  return result;
}

event moment(event_kind kind, std::int64_t at) {
  event result = run(at, 0);
  result.kind = kind;
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
  trace_store store = store_of({run(10, 5, 1), run(20, 5, 2)});
  store.fold(schema::event_batch{2, {run(12, 5, 3)}});
  store.fold(schema::event_batch{1, {run(30, 5, 4)}});
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
      run(18, 1, 13),  // a run within the run: a loop that is run by a handler
      run(10, 20, 14),
      run(40, 5, 15),
  });
  const lane& lane = store.lanes().at(1);
  ASSERT_EQ(lane.depths.size(), 3U);
  EXPECT_THAT(sites(lane.depths[0]), ElementsAre(14, 15));
  EXPECT_THAT(sites(lane.depths[1]), ElementsAre(12, 13));
  EXPECT_THAT(sites(lane.depths[2]), ElementsAre(11));
  EXPECT_EQ(store.events(), 5U);
}

TEST(trace_store, what_follows_at_once_is_not_within) {
  const trace_store store =
      store_of({run(10, 10, 1), run(20, 10, 2), run(30, 0, 3), run(30, 4, 4)});
  EXPECT_THAT(sites(store.lanes().at(1).depths[0]), ElementsAre(1, 2, 4));
  EXPECT_THAT(sites(store.lanes().at(1).depths[1]), ElementsAre(3)) << "at the same moment";
}

TEST(trace_store, moments_that_were_converted_apart_do_no_harm) {
  // The clock was refined in between: the second seems to begin before the first has ended.
  const trace_store store = store_of({run(1'000, 500, 1), run(1'480, 500, 2)});
  EXPECT_THAT(sites(store.lanes().at(1).depths[0]), ElementsAre(1, 2));
  // Or to end before it.
  const trace_store early = store_of({run(1'000, 500, 1), run(1'450, 40, 2)});
  EXPECT_THAT(sites(early.lanes().at(1).depths[0]), ElementsAre(1, 2));
  EXPECT_EQ(early.lanes().at(1).depths[0].back().end_ns(), 1'500);
  EXPECT_EQ(early.lanes().at(1).depths[0].back().duration_ns, 40U) << "what it took is known";
}

TEST(trace_store, a_scope_that_a_task_kept_open_while_it_was_suspended_is_no_parent) {
  const trace_store store =
      store_of({run(10, 5, 1), run(20, 5, 2), scope(11, 20, 9, 7), run(30, 5, 3)});
  const lane& lane = store.lanes().at(1);
  EXPECT_THAT(sites(lane.depths[0]), ElementsAre(1, 2, 3));
  EXPECT_EQ(lane.depths.size(), 1U);
  EXPECT_THAT(sites(lane.across), ElementsAre(9));
}

TEST(trace_store, keeps_waits_and_moments_apart) {
  event wait = run(5, 100, 4);
  wait.kind = event_kind::wait;
  const trace_store store =
      store_of({moment(event_kind::task_begin, 1), run(10, 5), moment(event_kind::task_end, 15),
                wait, moment(event_kind::unrun, 106), moment(event_kind::occurrence, 107)});
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
      store.fold(schema::event_batch{thread, {run(now, 5)}});
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
  store.fold(schema::event_batch{1, {scope(12, 2, 11), run(10, 20), run(40, 5)}});
  EXPECT_EQ(store.events(), 0U);
  store.fold(schema::event_batch{1, {run(60, 5)}});
  EXPECT_EQ(store.events(), 0U);
}

TEST(trace_store, refuses_what_is_impossible) {
  const trace_store backwards = store_of({run(5'000'000'000, 5, 1), run(1'000'000'000, 5, 2)});
  EXPECT_THAT(sites(backwards.lanes().at(1).depths[0]), ElementsAre(1));
  EXPECT_EQ(backwards.refused(), 1U);

  std::vector<event> dolls;
  for (std::int64_t depth = 0; depth < 100; ++depth)
    dolls.push_back(run(1'000 - depth, static_cast<std::uint64_t>(2 * depth + 1)));
  const trace_store nested = store_of(dolls);
  EXPECT_LT(nested.lanes().at(1).depths.size(), 50U);
  EXPECT_EQ(nested.events() + nested.refused(), 100U);

  trace_store crowded(plenty);
  for (std::uint32_t thread = 0; thread < limits::threads + 10; ++thread)
    crowded.fold(schema::event_batch{thread, {run(thread, 1)}});
  EXPECT_EQ(crowded.lanes().size(), limits::threads);
  EXPECT_EQ(crowded.refused(), 10U);
}

TEST(trace_store, survives_any_moment) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto longest = std::numeric_limits<std::uint64_t>::max();
  for (const std::int64_t begin : {least, std::int64_t{0}, most}) {
    for (const std::uint64_t duration : {std::uint64_t{0}, longest}) {
      event wild = run(begin, duration);
      wild.delay_ns = longest;
      wild.flags = schema::run_flag_delay;
      const trace_store store = store_of({wild, wild, run(1, 2), wild});
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
  trace_store store = store_of({scope(12, 2, 11), run(20, 5, 1)});
  const trace_store copy = store;
  store.fold(schema::event_batch{1, {run(5, 100, 2)}});
  EXPECT_THAT(sites(store.lanes().at(1).depths[0]), ElementsAre(2));
  EXPECT_THAT(sites(copy.lanes().at(1).depths[0]), ElementsAre(11, 1));
  EXPECT_EQ(copy.events(), 2U);
}

}  // namespace
}  // namespace asioscope::model
