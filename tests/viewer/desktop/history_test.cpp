// SPDX-License-Identifier: BSL-1.0
#include "history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace asioscope::viewer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(history, has_the_latest_first_and_each_once) {
  history seen({"old:1"});
  seen.note(parse_target("server:9465"));
  seen.note(parse_target("/tmp/it.sock"));
  seen.note(parse_target("/tmp/shop.asioscope"));
  seen.note(parse_target("server:9465"));
  EXPECT_THAT(seen.entries(),
              ElementsAre("server:9465", "/tmp/shop.asioscope", "/tmp/it.sock", "old:1"));
  for (const std::string& each : seen.entries())
    EXPECT_EQ(describe(parse_target(each)), each) << "it can be watched again by its words";
}

TEST(history, leaves_out_what_is_found_by_itself) {
  history seen;
  seen.note(parse_target(""));
  seen.note(parse_target("shop"));
  seen.note(parse_target("4711"));
  EXPECT_THAT(seen.entries(), IsEmpty());
}

TEST(history, forgets_the_oldest) {
  history seen;
  for (int port = 1; port <= 30; ++port)
    seen.note(parse_target("server:" + std::to_string(port)));
  ASSERT_EQ(seen.entries().size(), history::most);
  EXPECT_EQ(seen.entries().front(), "server:30");
  EXPECT_EQ(seen.entries().back(), "server:21");
}

TEST(history, names_files_so_that_they_are_found_from_everywhere) {
  history seen;
  seen.note(parse_target("shop.asioscope"));
  EXPECT_EQ(seen.entries().at(0).front(), '/');
  seen.note(parse_target("/tmp/two\nlines.asioscope"));
  EXPECT_EQ(seen.entries().size(), 1U) << "would be two lines of the settings";
}

}  // namespace
}  // namespace asioscope::viewer
