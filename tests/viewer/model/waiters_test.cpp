// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/waiters.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace asioscope::model {
namespace {

using test::late_run_event;

// Thread 1 is kept from 1,000 to 2,000 by a run of loop 1. Then come those who waited.
trace_store sick() {
  trace_store trace(1'000'000);
  trace.fold(schema::event_batch{
      1,
      {late_run_event(1, 5, 900, 20, 10), late_run_event(1, 9, 1'000, 1'000, 300),
       late_run_event(1, 6, 2'000, 10, 800), late_run_event(1, 7, 2'010, 10, 100),
       late_run_event(1, 6, 2'020, 10, 1'500), late_run_event(3, 8, 2'030, 10, 530),
       late_run_event(1, 6, 2'500, 10, 20)}});
  trace.fold(schema::event_batch{
      2, {late_run_event(1, 6, 1'500, 10, 200), late_run_event(2, 4, 1'600, 10, 200)}});
  return trace;
}

TEST(waiters_of, are_those_that_were_ready_while_it_lasted) {
  const waiters found = waiters_of(sick(), 1, 1, 1'000, 2'000);
  // Of 6: 800, all 1,000 of 1,500, and 200 on the other thread. Of 7: 90 of 100. Of 8: 500, another
  // loop on the same thread.
  EXPECT_EQ(found.runs, 5U);
  EXPECT_EQ(found.waited_ns, 800U + 1'000 + 200 + 90 + 500);
  EXPECT_TRUE(found.is_whole);
  ASSERT_EQ(found.shares.size(), 3U);
  EXPECT_EQ(found.shares[0].site, 6U);
  EXPECT_EQ(found.shares[0].runs, 3U);
  EXPECT_EQ(found.shares[0].waited_ns, 2'000U);
  EXPECT_EQ(found.shares[0].longest.what.begin_ns, 2'020);
  EXPECT_EQ(found.shares[0].longest.thread, 1U);
  EXPECT_EQ(found.shares[1].site, 8U);
  EXPECT_EQ(found.shares[1].loop, 3U);
  EXPECT_EQ(found.shares[2].site, 7U);
}

TEST(waiters_of, are_none_when_nobody_was_ready) {
  trace_store trace(1'000'000);
  trace.fold(schema::event_batch{
      1,
      {late_run_event(1, 5, 100, 20, 10), late_run_event(1, 9, 1'000, 1'000, 300),
       late_run_event(1, 6, 2'500, 10, 100), test::run_event(2'600, 10)}});
  const waiters found = waiters_of(trace, 1, 1, 1'000, 2'000);
  EXPECT_EQ(found.runs, 0U);
  EXPECT_TRUE(found.shares.empty());
  EXPECT_TRUE(found.is_whole);
  // The one that kept it waited itself, and seems to have begun a little later.
  EXPECT_EQ(waiters_of(trace, 1, 1, 990, 1'990).runs, 0U);
}

TEST(waiters_of, knows_what_the_reactor_returned_first) {
  constexpr std::int64_t ms = 1'000'000;
  trace_store trace(1'000'000);
  const auto io = [](std::uint32_t operation, std::int64_t begin, std::uint64_t delay) {
    return test::with_operation(late_run_event(1, 6, begin, 10, delay), operation);
  };
  trace.fold(schema::event_batch{
      1,
      {test::created_event(ms, 7), test::created_event(ms + 1, 8), test::created_event(ms + 2, 6),
       test::run_event(ms, 100), late_run_event(1, 9, 2 * ms, static_cast<std::uint64_t>(ms), 10),
       io(7, 3 * ms + 300'000, 10'000),  // returned at 290 µs, as is another, and a third later
       io(6, 3 * ms + 310'000, 20'010), test::created_event(3 * ms + 320'050, 9),
       late_run_event(1, 5, 3 * ms + 320'000, 100, 1),
       io(9, 3 * ms + 330'000, 9'950),  // begun after it
       io(8, 5 * ms, 1'000)}});
  const waiters found = waiters_of(trace, 1, 1, 2 * ms, 3 * ms);
  EXPECT_EQ(found.runs, 0U);
  EXPECT_EQ(found.returned_after, 2U);
  EXPECT_EQ(found.asked_after_ns, 289'990);
  EXPECT_TRUE(found.is_whole);
}

TEST(waiters_of, are_not_all_when_something_is_missing) {
  trace_store trace = sick();
  trace.fold(schema::gap{2, 3, 1'700, 1'800});
  EXPECT_FALSE(waiters_of(trace, 1, 1, 1'000, 2'000).is_whole);
  trace_store until = sick();
  until.fold(schema::gap{1, 3, 2'015, 2'018});
  EXPECT_FALSE(waiters_of(until, 1, 1, 1'000, 2'000).is_whole) << "those that began after the end";
  trace_store after = sick();
  after.fold(schema::gap{1, 3, 2'600, 2'700});
  EXPECT_TRUE(waiters_of(after, 1, 1, 1'000, 2'000).is_whole);
  EXPECT_FALSE(waiters_of(sick(), 1, 1, 500, 2'000).is_whole) << "before the trace begins";
  EXPECT_FALSE(waiters_of(sick(), 1, 1, 1'000, 2'000, 3).is_whole);
  // What came long after does not matter, however much it is.
  trace_store old = sick();
  for (std::int64_t begin = 3'000; begin < 600'000; begin += 20)
    old.fold(schema::event_batch{1, {late_run_event(1, 6, begin, 10, 5)}});
  EXPECT_TRUE(waiters_of(old, 1, 1, 1'000, 2'000, 25'000).is_whole);
  EXPECT_EQ(waiters_of(old, 1, 1, 1'000, 2'000, 25'000).runs, 5U);
}

}  // namespace
}  // namespace asioscope::model
