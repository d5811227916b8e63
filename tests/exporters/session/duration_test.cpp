// SPDX-License-Identifier: BSL-1.0
#include "duration.hpp"

#include <gtest/gtest.h>

namespace {

using namespace asioscope;
using namespace std::chrono_literals;

TEST(parse_duration, understands_the_usual_units) {
  EXPECT_EQ(parse_duration("5ms"), 5ms);
  EXPECT_EQ(parse_duration("250us"), 250us);
  EXPECT_EQ(parse_duration("250µs"), 250us);
  EXPECT_EQ(parse_duration("1s"), 1s);
  EXPECT_EQ(parse_duration("1.5ms"), 1500us);
  EXPECT_EQ(parse_duration("7ns"), 7ns);
}

TEST(parse_duration, refuses_everything_else) {
  for (const auto* text : {"", "5", "ms", "-5ms", "5 ms", "5msx", "0ms", "0.1ns", "1e3ms", "nan",
                           "inf", "infs", "nans", "366d", "99999999999s", "off"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(to_text, uses_the_largest_unit_that_is_exact) {
  EXPECT_EQ(to_text(2s), "2s");
  EXPECT_EQ(to_text(25ms), "25ms");
  EXPECT_EQ(to_text(1500us), "1500us");
  EXPECT_EQ(to_text(7ns), "7ns");
}

TEST(to_text, is_read_back_as_the_same) {
  for (const std::chrono::nanoseconds value : {1ns, 999ns, 1500ns, 25'000'000ns, 3'000'000'001ns}) {
    EXPECT_EQ(parse_duration(to_text(value)), value) << value.count();
  }
}

}  // namespace
