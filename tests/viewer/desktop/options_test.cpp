// SPDX-License-Identifier: BSL-1.0
#include "options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <sstream>
#include <vector>

namespace asioscope::viewer {
namespace {

parsed parse_these(std::initializer_list<std::string_view> arguments) {
  const std::vector<std::string_view> list(arguments);
  return parse(list);
}

TEST(options, help_is_as_it_was_agreed) {
  std::ifstream file(ASIOSCOPE_TEST_FOLDER "/help.golden.txt");
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(help_text(), golden.str());
}

TEST(options, nothing_means_a_window_on_the_newest_program) {
  const parsed result = parse_these({});
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.chosen.target, "");
  EXPECT_TRUE(result.chosen.needs_window());
  EXPECT_FALSE(result.chosen.is_errand());
}

TEST(options, all_of_them_together) {
  const parsed result =
      parse_these({"shop", "--panel", "tasks", "--size=1024x640", "--scale", "1.5", "--screenshot",
                   "a.png", "--dump-model=b.json", "--after", "2.5"});
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.chosen.target, "shop");
  EXPECT_EQ(result.chosen.panel, "tasks");
  EXPECT_EQ(result.chosen.width, 1024);
  EXPECT_EQ(result.chosen.height, 640);
  EXPECT_EQ(result.chosen.scale, 1.5F);
  EXPECT_EQ(result.chosen.screenshot, "a.png");
  EXPECT_EQ(result.chosen.dump_model, "b.json");
  EXPECT_EQ(result.chosen.after_seconds, 2.5);
  EXPECT_TRUE(result.chosen.is_errand());
}

TEST(options, a_dump_alone_needs_no_window) {
  EXPECT_FALSE(parse_these({"--dump-model", "-"}).chosen.needs_window());
  EXPECT_TRUE(parse_these({"--dump-model", "-", "--panel", "tasks"}).chosen.needs_window());
  EXPECT_TRUE(parse_these({"--dump-model", "-", "--screenshot", "a.png"}).chosen.needs_window());
}

TEST(options, what_makes_no_sense_gets_a_sentence) {
  using testing::HasSubstr;
  EXPECT_THAT(parse_these({"--colour"}).error, HasSubstr("no option '--colour'"));
  EXPECT_THAT(parse_these({"a", "b"}).error, HasSubstr("one program at a time"));
  EXPECT_THAT(parse_these({"--panel", "nowhere"}).error,
              HasSubstr("overview, timeline, handlers, tasks, stalls, failures, resources"));
  EXPECT_THAT(parse_these({"--after", "5"}).error, HasSubstr("needs --screenshot"));
  EXPECT_THAT(parse_these({"--file-sd"}).error, HasSubstr("it needs --list"));
  EXPECT_EQ(parse_these({"--file-sd", "--list"}).error, "");
  for (const char* value :
       {"", "x", "12", "12x", "x12", "100x100", "-5x5", "99999x99999", "1x2x3"}) {
    EXPECT_NE(parse_these({"--size", value}).error, "") << value;
  }
  for (const char* value : {"0", "-1", "big", "6", "nan", "1.5x"}) {
    EXPECT_NE(parse_these({"--scale", value}).error, "") << value;
  }
  for (const char* value : {"-1", "soon", "nan", "1e99"}) {
    EXPECT_NE(parse_these({"--screenshot", "a", "--after", value}).error, "") << value;
  }
  EXPECT_NE(parse_these({"--screenshot"}).error, "");
}

TEST(options, two_dashes_end_the_options) {
  EXPECT_EQ(parse_these({"--", "--list"}).chosen.target, "--list");
}

}  // namespace
}  // namespace asioscope::viewer
