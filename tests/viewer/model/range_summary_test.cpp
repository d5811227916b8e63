// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/range_summary.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace asioscope::model {
namespace {

using test::late_run_event;

trace_store busy_program() {
  trace_store store(1'000'000);
  schema::event slow = test::run_event(300, 100, 10);
  slow.flags = schema::run_flag_slow;
  store.fold(schema::event_batch{1,
                                 {late_run_event(1, 10, 100, 50), late_run_event(1, 11, 200, 20),
                                  slow, late_run_event(1, 12, 400, 10, 380)}});
  store.fold(
      schema::event_batch{2, {late_run_event(1, 11, 350, 40), late_run_event(2, 20, 390, 500)}});
  return store;
}

TEST(summary_of, adds_up_what_ran_by_handler_the_busiest_first) {
  const range_summary all = summary_of(busy_program(), 0, 2'000);
  EXPECT_EQ(all.runs, 6U);
  EXPECT_EQ(all.busy_ns, 50U + 20 + 100 + 10 + 40 + 500);
  ASSERT_EQ(all.shares.size(), 4U);
  EXPECT_EQ(all.shares[0].site, 20U);
  EXPECT_EQ(all.shares[0].loop, 2U);
  EXPECT_EQ(all.shares[1].site, 10U);
  EXPECT_EQ(all.shares[1].runs, 2U);
  EXPECT_EQ(all.shares[1].busy_ns, 150U);
  EXPECT_EQ(all.shares[1].longest_ns, 100U);
  EXPECT_EQ(all.shares[1].longest.begin_ns, 300);
  EXPECT_EQ(all.shares[1].longest_thread, 1U);
  EXPECT_EQ(all.shares[1].slow, 1U);
  EXPECT_EQ(all.shares[3].most_delay_ns, 380U);
  EXPECT_FALSE(all.is_cut);
}

TEST(summary_of, counts_of_a_run_at_the_edge_only_the_part_within) {
  const range_summary part = summary_of(busy_program(), 120, 310);
  EXPECT_EQ(part.runs, 3U);
  EXPECT_EQ(part.busy_ns, 30U + 20 + 10);
  EXPECT_EQ(part.shares[0].site, 10U);
  EXPECT_EQ(part.shares[0].longest_ns, 100U) << "of the whole run";
  EXPECT_EQ(summary_of(busy_program(), 160, 190).runs, 0U);
}

TEST(summary_of, says_what_was_lost_and_when_it_was_too_much) {
  trace_store store = busy_program();
  store.fold(schema::gap{1, 7, 150, 180});
  EXPECT_EQ(summary_of(store, 100, 160).lost, 7U);
  EXPECT_EQ(summary_of(store, 181, 500).lost, 0U);
  const range_summary cut = summary_of(store, 0, 2'000, 2);
  EXPECT_TRUE(cut.is_cut);
  EXPECT_EQ(cut.runs, 2U);
}

TEST(delayers_of, are_the_runs_of_its_thread_and_its_loop_while_it_waited) {
  const trace_store store = busy_program();
  const slice late = store.lanes().at(1).depths[0].back();  // ready at 20, began at 400
  const range_summary found = delayers_of(store, 1, late);
  EXPECT_EQ(found.runs, 4U) << "the other loop's run on the other thread had no part in it";
  ASSERT_EQ(found.shares.size(), 2U);
  EXPECT_EQ(found.shares[0].site, 10U);
  EXPECT_EQ(found.shares[0].busy_ns, 150U);
  EXPECT_EQ(found.shares[1].site, 11U);
  EXPECT_EQ(found.shares[1].busy_ns, 60U);
}

TEST(delayers_of, count_another_loop_only_on_the_same_thread) {
  trace_store store = busy_program();
  store.fold(schema::event_batch{2, {late_run_event(1, 13, 900, 10, 800)}});
  const slice late = store.lanes().at(2).depths[0].back();
  const range_summary found = delayers_of(store, 2, late);
  EXPECT_EQ(found.shares[0].site, 20U) << "it kept the thread";
  EXPECT_EQ(found.shares[0].busy_ns, 500U);
}

TEST(delayers_of, one_whose_delay_is_not_known_are_none) {
  const trace_store store = busy_program();
  EXPECT_EQ(delayers_of(store, 1, store.lanes().at(1).depths[0][2]).runs, 0U);
}

}  // namespace
}  // namespace asioscope::model
