// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/text_format.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace asioscope::metrics {
namespace {

constexpr format text = format::text;
constexpr format openmetrics = format::openmetrics;

TEST(negotiate_test, prometheus_gets_openmetrics) {
  // 2.42, 2.30 and earlier, with native histograms, and 3.x.
  EXPECT_EQ(negotiate("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                      "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            openmetrics);
  EXPECT_EQ(
      negotiate("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding="
                "delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/"
                "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
      openmetrics);
  EXPECT_EQ(
      negotiate("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/"
                "openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-"
                "8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"),
      openmetrics);
}

TEST(negotiate_test, who_knows_no_openmetrics_1_0_gets_text) {
  EXPECT_EQ(negotiate("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,"
                      "*/*;q=0.1"),
            text);
  EXPECT_EQ(negotiate("text/plain;version=0.0.4;q=0.3,*/*;q=0.1"), text);
}

TEST(negotiate_test, people_get_text) {
  EXPECT_EQ(negotiate(""), text);
  EXPECT_EQ(negotiate("*/*"), text);  // curl
  EXPECT_EQ(negotiate("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
                      "*/*;q=0.8"),
            text);
}

TEST(negotiate_test, what_is_liked_better_wins) {
  EXPECT_EQ(negotiate("text/plain;q=0.4, application/openmetrics-text;q=0.5"), openmetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0.4, text/plain;q=0.5"), text);
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0.001, */*;q=0"), openmetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0.999, text/*"), text);
}

TEST(negotiate_test, of_what_is_liked_as_much_the_more_exact_and_then_the_first_wins) {
  EXPECT_EQ(negotiate("*/*, application/openmetrics-text"), openmetrics);
  EXPECT_EQ(negotiate("text/*, application/openmetrics-text"), openmetrics);
  EXPECT_EQ(negotiate("text/plain, application/openmetrics-text;version=1.0.0"), openmetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text, text/plain"), openmetrics);
  EXPECT_EQ(negotiate("text/plain, application/openmetrics-text"), text);
  EXPECT_EQ(negotiate("*/*;q=0.1, text/plain, application/openmetrics-text"), text);
  EXPECT_EQ(negotiate("*/*;q=0.1, application/openmetrics-text, text/plain"), openmetrics);
}

TEST(negotiate_test, a_more_exact_range_overrules_a_wider_one) {
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0.1, application/*, text/plain;q=0.5"), text);
  EXPECT_EQ(negotiate("*/*, application/openmetrics-text;q=0"), text);
  EXPECT_EQ(negotiate("application/openmetrics-text, application/openmetrics-text;version=1.0.0;"
                      "q=0.1, text/plain;q=0.5"),
            text);
}

TEST(negotiate_test, what_is_refused_is_not_sent_unless_all_is) {
  EXPECT_EQ(negotiate("application/openmetrics-text;q=0"), text);
  EXPECT_EQ(negotiate("text/plain;q=0, application/openmetrics-text;q=0.0"), text);
  EXPECT_EQ(negotiate("image/png"), text);
}

TEST(negotiate_test, spelling_does_not_matter) {
  EXPECT_EQ(
      negotiate(" Application/OpenMetrics-Text ;\tVersion=\"1.0.0\" ; Q=0.5 ,text/plain;q=.4"),
      openmetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text;charset=UTF-8;escaping=underscores"),
            openmetrics);
  EXPECT_EQ(negotiate("application/openmetrics-text;x=\"a,b;version=9\""), openmetrics);
}

TEST(negotiate_test, what_is_no_media_range_is_passed_over) {
  for (const char* rubbish : {"/", "text", "/plain", "text/", ";q=1", "text/plain;q=2",
                              "text/plain;q=x", "text/plain;q=", "text/plain;q=1.0001",
                              "text/plain;q=-1", "text/plain;q=1.5", ",,,", "*/", "\""})
    EXPECT_EQ(negotiate("application/openmetrics-text;q=0.1," + std::string(rubbish)), openmetrics)
        << rubbish;
}

TEST(negotiate_test, any_bytes_get_an_answer) {
  std::mt19937 random(7);
  constexpr std::array pieces{"application/",
                              "openmetrics-text",
                              "text/plain",
                              "*/*",
                              ";",
                              ",",
                              "q=",
                              "version=",
                              "1.0.0",
                              "\"",
                              "\\",
                              " ",
                              "0.5",
                              "\xFF",
                              "=",
                              "*"};
  for (int i = 0; i < 20'000; ++i) {
    std::string header;
    for (auto n = random() % 12; n > 0; --n)
      header += pieces[random() % pieces.size()];
    const format got = negotiate(header);
    EXPECT_TRUE(got == text || got == openmetrics);
  }
}

}  // namespace
}  // namespace asioscope::metrics
