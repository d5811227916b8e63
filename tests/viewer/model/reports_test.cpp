// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/reports.hpp"

#include "messages.hpp"

#include "asioscope/model/limits.hpp"

#include <gtest/gtest.h>

namespace asioscope::model {
namespace {

using test::stall_report;

TEST(report_log, a_later_report_of_the_same_id_replaces_the_earlier) {
  report_log log;
  log.fold(stall_report(1, 10, 30, true));
  log.fold(stall_report(1, 10, 300, false));
  EXPECT_EQ(log.size(), 1U);
  EXPECT_EQ(log.made(), 1U);
  EXPECT_FALSE(log.find(1)->ongoing);
  EXPECT_EQ(log.find(1)->duration_ns, 300U);
}

TEST(report_log, keeps_the_latest_and_knows_how_many_there_were) {
  report_log log;
  const std::uint64_t many = limits::reports + 10;
  for (std::uint64_t id = 1; id <= many; ++id)
    log.fold(stall_report(id, 10, 30, false));
  EXPECT_EQ(log.size(), limits::reports);
  EXPECT_EQ(log.made(), many);
  EXPECT_EQ(log.find(10), nullptr);
  EXPECT_NE(log.find(11), nullptr);
  log.fold(stall_report(3, 10, 30, false));  // forgotten, must not push out a newer one
  EXPECT_EQ(log.find(3), nullptr);
  EXPECT_NE(log.find(11), nullptr);
}

TEST(report_log, a_report_without_id_is_none) {
  report_log log;
  log.fold(stall_report(0, 10, 30, false));
  EXPECT_EQ(log.size(), 0U);
}

TEST(report_log, text_and_stacks_are_bounded) {
  schema::report huge = stall_report(1, 10, 30, false);
  huge.message.assign(1'000'000, 'm');
  huge.culprit = "\xFF";
  huge.stack.resize(10'000);
  huge.stack[0].function.assign(100'000, 'f');
  huge.cause.assign(100'000, 'c');
  huge.other_stacks.assign(100, {huge.stack, 1});
  report_log log;
  log.fold(huge);
  const schema::report& kept = *log.find(1);
  EXPECT_LE(kept.message.size(), limits::message_bytes);
  EXPECT_EQ(kept.culprit, "\xEF\xBF\xBD");
  EXPECT_EQ(kept.stack.size(), limits::stack_frames);
  EXPECT_LE(kept.stack[0].function.size(), limits::name_bytes);
  EXPECT_LE(kept.cause.size(), limits::name_bytes);
  ASSERT_EQ(kept.other_stacks.size(), limits::other_stacks);
  EXPECT_EQ(kept.other_stacks[8].frames.size(), limits::stack_frames);
  EXPECT_LE(kept.other_stacks[8].frames[0].function.size(), limits::name_bytes);
}

TEST(report_log, after_a_reconnection_a_stall_goes_on_only_when_the_program_says_so) {
  report_log log;
  log.fold(stall_report(1, 10, 30, true));
  log.fold(stall_report(2, 10, 30, true));
  log.begin_snapshot();
  log.fold(stall_report(2, 10, 90, true));
  EXPECT_FALSE(log.find(1)->ongoing);
  EXPECT_TRUE(log.find(2)->ongoing);
}

}  // namespace
}  // namespace asioscope::model
