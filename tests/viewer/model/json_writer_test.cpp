// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/json_writer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

namespace asioscope::model {
namespace {

template <class Value>
std::string written(const Value& value) {
  std::ostringstream out;
  json_writer(out).value(value);
  return out.str();
}

TEST(json_writer, escapes_what_has_to_be_escaped) {
  EXPECT_EQ(written("plain"), R"("plain")");
  EXPECT_EQ(written("\"\\/"), R"("\"\\/")");
  EXPECT_EQ(written("\n\t\r"), R"("\n\t\r")");
  EXPECT_EQ(written(std::string("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\\u007f\"");
  EXPECT_EQ(written("µ€\xF0\x9F\x98\x80"), "\"µ€\xF0\x9F\x98\x80\"");
  EXPECT_EQ(written("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
}

TEST(json_writer, numbers_are_whole_and_exact) {
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::uint32_t{7}), "7");
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(1e-9), "1e-09");
  EXPECT_EQ(std::stod(written(1.0 / 3)), 1.0 / 3);
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(written(true), "true");
}

TEST(json_writer, does_not_care_about_the_locale) {
  struct grouping : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
    char do_decimal_point() const override { return ','; }
  };
  std::ostringstream out;
  out.imbue(std::locale(std::locale::classic(), new grouping));
  json_writer(out).value(1'234'567);
  json_writer(out).value(0.5);
  EXPECT_EQ(out.str(), "12345670.5");
}

TEST(json_writer, containers_nest) {
  std::ostringstream out;
  json_writer json(out);
  json.begin_object();
  json.member("one", 1);
  json.key("list");
  json.begin_array();
  json.value("a");
  json.begin_array();
  json.end_array();
  json.end_array();
  json.key("empty");
  json.begin_object();
  json.end_object();
  json.end_object();
  EXPECT_EQ(out.str(), "{\n \"one\": 1,\n \"list\": [\n  \"a\",\n  []\n ],\n \"empty\": {}\n}");
}

}  // namespace
}  // namespace asioscope::model
