// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/text_format.hpp"

#include <gmock/gmock.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace asioscope::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array<std::string_view, 1> loop_label{"loop"};
constexpr family_info counter{"busy_seconds_total", family_type::counter, "seconds", loop_label,
                              "Time \"spent\" \\ so far\nhere"};
constexpr family_info gauge{"level", family_type::gauge, "", {}, "Level"};
constexpr family_info histogram{"time_seconds", family_type::histogram, "seconds", {}, "Time"};

labels with(std::vector<label> list) {
  return std::make_shared<const std::vector<label>>(std::move(list));
}

std::string openmetrics(std::vector<family> families) {
  return render(format::openmetrics, families);
}

distribution spread() {
  distribution value;
  for (std::uint64_t i = 0; i < histogram_bounds().size(); ++i)
    value.cumulative.push_back(i);
  value.count = 30;
  value.sum = 1.25;
  return value;
}

TEST(openmetrics_test, a_counter_is_a_family_without_total) {
  EXPECT_EQ(openmetrics({family{&counter, {{with({{"loop", "main"}}), 3.0}}}}),
            "# TYPE busy_seconds counter\n"
            "# UNIT busy_seconds seconds\n"
            "# HELP busy_seconds Time \\\"spent\\\" \\\\ so far\\nhere\n"
            "busy_seconds_total{loop=\"main\"} 3\n"
            "# EOF\n");
}

TEST(openmetrics_test, a_gauge_without_a_unit_has_no_line_of_it) {
  EXPECT_EQ(openmetrics({family{&gauge, {{with({}), 0.5}}}}),
            "# TYPE level gauge\n# HELP level Level\nlevel 0.5\n# EOF\n");
}

TEST(openmetrics_test, no_families_have_an_end) {
  EXPECT_EQ(openmetrics({}), "# EOF\n");
  EXPECT_EQ(openmetrics({family{&gauge, {}}}), "# EOF\n");
}

TEST(openmetrics_test, exemplars_stand_behind_the_total_and_their_buckets) {
  const std::vector<family> families{
      family{&counter,
             {{with({{"loop", "main"}}),
               3.0,
               {{{{"trace_id", "a\"b"}, {"task_id", "7"}}, 1, 1'700'000'000.25}}}}},
      family{&histogram,
             {{with({}),
               spread(),
               {{{{"site", "f"}}, 0.002, 1'700'000'001},
                {{{"site", "g"}}, 0.25, 1'700'000'002},  // on a bound, which is inclusive
                {{{"site", "h"}}, 9, 1'700'000'003}}}}}};
  const std::string text = openmetrics(families);
  EXPECT_THAT(text, HasSubstr("busy_seconds_total{loop=\"main\"} 3 # "
                              "{trace_id=\"a\\\"b\",task_id=\"7\"} 1 1700000000.250000\n"));
  EXPECT_THAT(text, HasSubstr("time_seconds_bucket{le=\"0.001953125\"} 8\n"
                              "time_seconds_bucket{le=\"0.00390625\"} 9 # {site=\"f\"} 0.002 "
                              "1700000001.000000\n"));
  EXPECT_THAT(text, HasSubstr("le=\"0.25\"} 15 # {site=\"g\"} 0.25 1700000002.000000\n"));
  EXPECT_THAT(text, HasSubstr("le=\"8.0\"} 20\n"
                              "time_seconds_bucket{le=\"+Inf\"} 30 # {site=\"h\"} 9 "
                              "1700000003.000000\n"
                              "time_seconds_sum 1.25\ntime_seconds_count 30\n"));
  // The older format has none.
  EXPECT_THAT(render(format::text, families), Not(HasSubstr(" # ")));
}

TEST(openmetrics_test, what_is_sent_says_what_it_is) {
  EXPECT_EQ(content_type(format::text), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(content_type(format::openmetrics),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace asioscope::metrics
