// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/text.hpp"

#include <gtest/gtest.h>

namespace asioscope::model {
namespace {

constexpr const char* replacement = "\xEF\xBF\xBD";

TEST(clean_text, leaves_good_text_alone) {
  for (const char* good : {"", "plain", "µs", "€", "\xF0\x9F\x98\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "tab\tand\nline"}) {
    EXPECT_EQ(clean_text(good, 100), good);
  }
}

TEST(clean_text, replaces_every_byte_that_is_not_utf8) {
  EXPECT_EQ(clean_text("a\xFFz", 100), std::string("a") + replacement + "z");
  EXPECT_EQ(clean_text("\x80", 100), replacement);   // lone continuation
  EXPECT_EQ(clean_text("\xC3", 100), replacement);   // cut off
  EXPECT_EQ(utf8_sequence("\xC0\x80"), 0U);          // overlong NUL
  EXPECT_EQ(utf8_sequence("\xE0\x80\x80"), 0U);      // overlong
  EXPECT_EQ(utf8_sequence("\xF0\x80\x80\x80"), 0U);  // overlong
  EXPECT_EQ(utf8_sequence("\xED\xA0\x80"), 0U);      // surrogate
  EXPECT_EQ(utf8_sequence("\xF4\x90\x80\x80"), 0U);  // beyond U+10FFFF
  EXPECT_EQ(utf8_sequence("\xF5\x80\x80\x80"), 0U);
  EXPECT_EQ(utf8_sequence(std::string_view("\xE2\x82\xAC").substr(0, 2)), 0U);
}

TEST(clean_text, is_never_longer_than_the_limit_and_never_cuts_a_character) {
  const std::string text = "aµ€\xF0\x9F\x98\x80 and so on, and so on";
  for (std::size_t limit = 0; limit < 40; ++limit) {
    const std::string cut = clean_text(text, limit);
    EXPECT_LE(cut.size(), limit);
    EXPECT_EQ(clean_text(cut, 100), cut) << limit;  // valid
    if (limit >= text.size()) {
      EXPECT_EQ(cut, text);
    } else if (limit >= 3) {
      EXPECT_TRUE(cut.ends_with("…")) << limit;
    }
  }
}

}  // namespace
}  // namespace asioscope::model
