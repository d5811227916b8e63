// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/text_format.hpp"

#include <gmock/gmock.h>

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace asioscope::metrics {
namespace {

using ::testing::HasSubstr;

constexpr std::array<std::string_view, 2> two_labels{"loop", "site"};
constexpr family_info counter{"things_total", family_type::counter, "", two_labels, "Things"};
constexpr family_info gauge{"level", family_type::gauge, "", {}, "Level"};
constexpr family_info histogram{"time_seconds", family_type::histogram, "seconds", {}, "Time"};

labels with(std::vector<label> list) {
  return std::make_shared<const std::vector<label>>(std::move(list));
}

std::string written(double value) {
  const std::string text = to_text(std::vector{family{&gauge, {{with({}), value}}}});
  const std::size_t begin = text.rfind("level ") + 6;
  return text.substr(begin, text.size() - begin - 1);
}

TEST(text_format_test, head_and_lines_of_a_family) {
  EXPECT_EQ(to_text(std::vector{family{&counter,
                                       {{with({{"loop", "main"}, {"site", "f()"}}), 3.0},
                                        {with({{"loop", "main"}, {"site", "g()"}}), 0.5}}}}),
            "# HELP things_total Things\n"
            "# TYPE things_total counter\n"
            "things_total{loop=\"main\",site=\"f()\"} 3\n"
            "things_total{loop=\"main\",site=\"g()\"} 0.5\n");
}

TEST(text_format_test, a_family_without_samples_is_left_out) {
  EXPECT_EQ(to_text(std::vector{family{&counter, {}}}), "");
}

TEST(text_format_test, label_values_are_escaped) {
  EXPECT_THAT(to_text(std::vector{family{&counter, {{with({{"loop", "a\"b\\c\nd"}}), 1.0}}}}),
              HasSubstr(R"(things_total{loop="a\"b\\c\nd"} 1)"
                        "\n"));
}

TEST(text_format_test, help_is_escaped) {
  constexpr family_info hostile{"level", family_type::gauge, "", {}, "a \"b\" \\ c\nd"};
  EXPECT_THAT(to_text(std::vector{family{&hostile, {{with({}), 1.0}}}}),
              HasSubstr(R"(# HELP level a "b" \\ c\nd)"
                        "\n"));
}

TEST(text_format_test, numbers_are_shortest_and_exact) {
  EXPECT_EQ(written(0), "0");
  EXPECT_EQ(written(1'000'000), "1000000");
  EXPECT_EQ(written(-12), "-12");
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(1e-9), "1e-09");
  EXPECT_EQ(written(9007199254740991.0), "9007199254740991");
  EXPECT_EQ(written(1e300), "1e+300");
  EXPECT_EQ(std::stod(written(1.0 / 3)), 1.0 / 3);
  EXPECT_EQ(std::stod(written(1.8446744073709552e19)), 1.8446744073709552e19);
}

TEST(text_format_test, numbers_that_are_none_have_their_names) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(written(infinity), "+Inf");
  EXPECT_EQ(written(-infinity), "-Inf");
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(text_format_test, a_histogram_has_buckets_sum_and_count) {
  distribution value;
  for (std::uint64_t i = 0; i < histogram_bounds().size(); ++i)
    value.cumulative.push_back(i);
  value.count = 30;
  value.sum = 1.25;
  EXPECT_EQ(to_text(std::vector{family{&histogram, {{with({{"loop", "main"}}), value}}}}),
            R"(# HELP time_seconds Time
# TYPE time_seconds histogram
time_seconds_bucket{loop="main",le="7.62939453125e-06"} 0
time_seconds_bucket{loop="main",le="1.52587890625e-05"} 1
time_seconds_bucket{loop="main",le="3.0517578125e-05"} 2
time_seconds_bucket{loop="main",le="6.103515625e-05"} 3
time_seconds_bucket{loop="main",le="0.0001220703125"} 4
time_seconds_bucket{loop="main",le="0.000244140625"} 5
time_seconds_bucket{loop="main",le="0.00048828125"} 6
time_seconds_bucket{loop="main",le="0.0009765625"} 7
time_seconds_bucket{loop="main",le="0.001953125"} 8
time_seconds_bucket{loop="main",le="0.00390625"} 9
time_seconds_bucket{loop="main",le="0.0078125"} 10
time_seconds_bucket{loop="main",le="0.015625"} 11
time_seconds_bucket{loop="main",le="0.03125"} 12
time_seconds_bucket{loop="main",le="0.0625"} 13
time_seconds_bucket{loop="main",le="0.125"} 14
time_seconds_bucket{loop="main",le="0.25"} 15
time_seconds_bucket{loop="main",le="0.5"} 16
time_seconds_bucket{loop="main",le="1.0"} 17
time_seconds_bucket{loop="main",le="2.0"} 18
time_seconds_bucket{loop="main",le="4.0"} 19
time_seconds_bucket{loop="main",le="8.0"} 20
time_seconds_bucket{loop="main",le="+Inf"} 30
time_seconds_sum{loop="main"} 1.25
time_seconds_count{loop="main"} 30
)");
}

TEST(text_format_test, a_histogram_without_labels_has_only_its_bounds) {
  distribution value;
  value.cumulative.resize(histogram_bounds().size());
  const std::string text = to_text(std::vector{family{&histogram, {{with({}), value}}}});
  EXPECT_THAT(text, HasSubstr("time_seconds_bucket{le=\"8.0\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("time_seconds_sum 0\n"));
}

}  // namespace
}  // namespace asioscope::metrics
