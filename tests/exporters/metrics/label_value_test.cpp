// SPDX-License-Identifier: BSL-1.0
#include "label_value.hpp"

#include <gtest/gtest.h>

#include <string>

namespace asioscope::metrics {
namespace {

using namespace std::string_literals;

TEST(label_value_test, good_names_stay) {
  for (const std::string name : {"", "shop::on_read(int)::{lambda}", "Grüße", "\u20AC",
                                 "\U0001F600", "\U0010FFFF", "a\"b\\c"}) {
    EXPECT_EQ(label_value(name), name);
  }
}

TEST(label_value_test, each_bad_byte_is_replaced) {
  const std::string bad = "\uFFFD";
  EXPECT_EQ(label_value("a\xFFz"), "a" + bad + "z");
  EXPECT_EQ(label_value("\x80"), bad);                                // continuation without begin
  EXPECT_EQ(label_value("\xC0\xAF"), bad + bad);                      // overlong
  EXPECT_EQ(label_value("\xC3"), bad);                                // cut short
  EXPECT_EQ(label_value("\xE2\x82"), bad + bad);                      // cut short
  EXPECT_EQ(label_value("\xE0\x80\x80"), bad + bad + bad);            // overlong
  EXPECT_EQ(label_value("\xED\xA0\x80"), bad + bad + bad);            // a surrogate
  EXPECT_EQ(label_value("\xF0\x80\x80\x80"), bad + bad + bad + bad);  // overlong
  EXPECT_EQ(label_value("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // beyond Unicode
  EXPECT_EQ(label_value("\xF5"), bad);
  EXPECT_EQ(label_value("\xE2\x28\xA1"), bad + "(" + bad);
}

TEST(label_value_test, control_characters_become_blanks) {
  EXPECT_EQ(label_value("a\nb\tc\0d\x7F"s), "a b c d ");
}

TEST(label_value_test, long_names_are_cut_and_stay_different) {
  const std::string name(max_label_bytes, 'x');
  EXPECT_EQ(label_value(name), name);
  const std::string first = label_value(name + "1");
  const std::string second = label_value(name + "2");
  EXPECT_EQ(first.size(), max_label_bytes);
  EXPECT_EQ(first.substr(0, 100), name.substr(0, 100));
  EXPECT_NE(first, second);
  EXPECT_EQ(first, label_value(name + "1"));
}

TEST(label_value_test, no_character_is_cut_in_two) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string name(shift, 'x');
    for (int i = 0; i < 60; ++i)
      name += "\u20AC";
    const std::string cut = label_value(name);
    EXPECT_LE(cut.size(), max_label_bytes);
    EXPECT_EQ(label_value(cut), cut) << shift;  // nothing to repair
    EXPECT_EQ(cut.find("\uFFFD"), std::string::npos) << shift;
  }
}

}  // namespace
}  // namespace asioscope::metrics
