// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/latest_run.hpp"

#include "events.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace asioscope::model {
namespace {

using test::late_run_event;

TEST(latest_run, is_the_last_that_fits_on_any_thread) {
  trace_store trace(1'000);
  trace.fold(
      schema::event_batch{1,
                          {late_run_event(1, 5, 100, 10, 700), late_run_event(1, 5, 200, 20, 0),
                           late_run_event(2, 5, 300, 10, 0), late_run_event(1, 6, 400, 10, 0)}});
  trace.fold(schema::event_batch{
      2, {late_run_event(1, 5, 150, 12, 900), late_run_event(1, 5, 500, 100, 1)}});
  const auto found = [&](run_question::by measure, std::uint64_t above, std::uint64_t up_to) {
    const auto latest = latest_run(trace, {1, 5, measure, above, up_to});
    return latest ? latest->what.begin_ns : -1;
  };
  using by = run_question::by;
  EXPECT_EQ(found(by::duration, 5, 15), 150);
  EXPECT_EQ(found(by::duration, 10, 15), 150) << "above excludes";
  EXPECT_EQ(found(by::duration, 5, 10), 100);
  EXPECT_EQ(found(by::duration, 0, 1'000), 500);
  EXPECT_EQ(found(by::duration, 200, 1'000), -1);
  EXPECT_EQ(found(by::delay, 600, 1'000), 150);
  EXPECT_EQ(latest_run(trace, {1, 5, by::duration, 5, 15})->thread, 2U);
  EXPECT_FALSE(latest_run(trace_store(10), {1, 5, by::duration, 0, 1'000}));
}

}  // namespace
}  // namespace asioscope::model
