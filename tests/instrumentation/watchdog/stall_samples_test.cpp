// SPDX-License-Identifier: BSL-1.0
#include "stall_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asioscope::watchdog {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using frame = schema::stack_frame;

frame own(const std::string& function, std::uint32_t line = 1, std::uint64_t address = 1) {
  return {address, function, "shop.cpp", line, "shop", false};
}
frame internal(const std::string& function) { return {1, function, "x.hpp", 1, "libc.so", true}; }

using stack = std::vector<frame>;

TEST(same_story, does_not_care_where_the_innermost_function_stands) {
  EXPECT_TRUE(same_story(stack{own("parse", 1, 10), own("handle", 7)},
                         stack{own("parse", 3, 20), own("handle", 7)}));
  EXPECT_TRUE(same_story(stack{internal("clock"), own("parse")}, stack{own("parse")}));
}

TEST(same_story, tells_other_functions_and_other_calls_apart) {
  EXPECT_FALSE(same_story(stack{own("parse")}, stack{own("print")}));
  EXPECT_FALSE(
      same_story(stack{own("parse"), own("handle", 7)}, stack{own("parse"), own("handle", 9)}));
  EXPECT_FALSE(same_story(stack{own("parse")}, stack{own("parse"), own("handle")}));
  EXPECT_FALSE(same_story(stack{own("", 0, 10)}, stack{own("", 0, 20)}));
  EXPECT_TRUE(same_story(stack{own("", 0, 10)}, stack{own("", 0, 10)}));
}

TEST(same_story, compares_what_there_is_when_nothing_is_the_users) {
  EXPECT_FALSE(same_story(stack{internal("read")}, stack{internal("write")}));
  EXPECT_TRUE(same_story(stack{internal("read")}, stack{internal("read")}));
}

schema::report filled(const stall_samples& samples) {
  schema::report report;
  samples.fill(report);
  return report;
}

TEST(stall_samples, counts_identical_stacks) {
  stall_samples samples;
  samples.add("on CPU", {own("parse", 1), own("handle")});
  auto report = filled(samples);
  EXPECT_EQ(report.samples, 1U);
  EXPECT_EQ(report.stack_count, 1U);
  EXPECT_THAT(report.stack, SizeIs(2));
  EXPECT_EQ(report.culprit, "parse");
  EXPECT_THAT(report.other_stacks, IsEmpty());

  samples.add("on CPU", {own("print", 1), own("handle")});
  samples.add("on CPU", {own("parse", 2), own("handle")});
  samples.add("on CPU", {own("sort"), own("handle")});
  samples.add("on CPU", {own("sort"), own("handle")});
  samples.add("on CPU", {own("sort"), own("handle")});
  report = filled(samples);
  EXPECT_EQ(report.samples, 6U);
  EXPECT_EQ(report.stack_count, 2U);
  // The first stays, although another was seen more often: what was said in the log stays true.
  EXPECT_EQ(report.culprit, "parse");
  EXPECT_EQ(report.stack[0].line, 1U);
  ASSERT_THAT(report.other_stacks, SizeIs(2));
  EXPECT_EQ(report.other_stacks[0].frames[0].function, "sort");
  EXPECT_EQ(report.other_stacks[0].count, 3U);
  EXPECT_EQ(report.other_stacks[1].frames[0].function, "print");
  EXPECT_EQ(report.other_stacks[1].count, 1U);
}

TEST(stall_samples, take_the_first_stack_that_could_be_taken) {
  stall_samples samples;
  samples.add("in system call read", {});
  EXPECT_EQ(filled(samples).stack_count, 0U);
  EXPECT_EQ(filled(samples).culprit, "");
  samples.add("on CPU", {own("parse")});
  EXPECT_EQ(filled(samples).samples, 2U);
  EXPECT_EQ(filled(samples).stack_count, 1U);
  EXPECT_EQ(filled(samples).culprit, "parse");
}

TEST(stall_samples, name_the_cause_that_was_seen_most_often) {
  stall_samples samples;
  EXPECT_EQ(filled(samples).cause, "");
  samples.add("", {});
  EXPECT_EQ(filled(samples).cause, "");
  samples.add("on CPU", {});
  EXPECT_EQ(filled(samples).cause, "on CPU");
  samples.add("", {});
  samples.add("descheduled", {});
  EXPECT_EQ(filled(samples).cause, "on CPU");  // as often: the earlier one
  samples.add("descheduled", {});
  EXPECT_EQ(filled(samples).cause, "descheduled");
}

}  // namespace
}  // namespace asioscope::watchdog
