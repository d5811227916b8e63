// SPDX-License-Identifier: BSL-1.0
#include "exemplars.hpp"

#include "sample_snapshot.hpp"

#include "asioscope/metrics/collector.hpp"
#include "asioscope/metrics/text_format.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace asioscope::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::millisecond;
using testing::sample_snapshot;
using testing::second;
using ::testing::SizeIs;

constexpr schema::clock_reading now{.monotonic_ns = 1000 * second,
                                    .realtime_ns = 2'000'000'000 * second};

named_sample slow_run(std::uint64_t duration_ns, std::int64_t time_ns = 990 * second) {
  return {{.loop = 1,
           .figure = schema::slow_figure::run,
           .bucket = static_cast<std::uint32_t>(schema::bucket_of_nanoseconds(duration_ns)),
           .duration_ns = duration_ns,
           .time_ns = time_ns,
           .site = 1,
           .task = 42,
           .trace_id = "0af7651916cd43dd8448eb211c80319c"},
          "on_read"};
}

TEST(exemplars_test, says_trace_task_and_site) {
  EXPECT_THAT(exemplar_labels(slow_run(millisecond)),
              ElementsAre(label{"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                          label{"task_id", "42"}, label{"site", "on_read"}));
}

TEST(exemplars_test, says_nothing_of_what_is_not_known) {
  named_sample from = slow_run(millisecond);
  from.what.trace_id.clear();
  from.what.task = 0;
  EXPECT_THAT(exemplar_labels(from), ElementsAre(label{"site", "on_read"}));
}

TEST(exemplars_test, has_no_braces) {
  named_sample from = slow_run(millisecond);
  from.site = "main()::{lambda()#1}";
  EXPECT_EQ(exemplar_labels(from).back().value, "main()::(lambda()#1)");
}

TEST(exemplars_test, is_never_longer_than_openmetrics_allows) {
  named_sample from = slow_run(millisecond);
  from.what.task = 18'446'744'073'709'551'615U;
  from.what.trace_id = std::string(48, 't');
  const auto length_of = [](const std::vector<label>& all) {
    std::size_t length = 0;
    for (const label& each : all)
      length += each.name.size() + each.value.size();
    return length;
  };
  for (const std::string& site :
       {std::string(1000, 'x'), std::string("\xC3\xA4") + std::string(500, 'x'),
        std::string(41, 's'), std::string(42, 's')}) {
    from.site = site;
    EXPECT_LE(length_of(exemplar_labels(from)), max_exemplar_characters);
    EXPECT_GT(length_of(exemplar_labels(from)), 100U);  // not thrown away either
  }
  from.what.trace_id = std::string(500, 't');  // a trace id longer than the recorder keeps
  EXPECT_LE(length_of(exemplar_labels(from)), max_exemplar_characters);
}

TEST(exemplars_test, lies_in_its_bucket_however_it_was_rounded) {
  const std::span<const double> bounds = histogram_bounds();
  for (std::uint32_t bucket = 0; bucket < schema::bucket_count; ++bucket) {
    // Whole nanoseconds are not exactly what was counted in clock ticks.
    for (const double off : {-2e-9, -1e-9, 0.0, 1e-9}) {
      const double bound =
          std::min(schema::upper_bound_seconds(bucket), schema::upper_bound_seconds(119) * 2);
      const double wrong = std::max(bound + off, 0.0);
      const named_sample from{{.figure = schema::slow_figure::run,
                               .bucket = bucket,
                               .duration_ns = static_cast<std::uint64_t>(wrong * 1e9)},
                              "f"};
      const auto got = exemplars_of(std::vector{from}, schema::slow_figure::run, now);
      ASSERT_THAT(got, SizeIs(1));
      const std::size_t place = place_of_bucket(bucket);
      if (place < bounds.size()) {
        EXPECT_LE(got[0].value, bounds[place]) << bucket;
      }
      if (place > 0) {
        EXPECT_GT(got[0].value, bounds[place - 1]) << bucket;
      }
      EXPECT_NEAR(got[0].value, wrong, 2e-9) << bucket;
    }
  }
}

TEST(exemplars_test, every_recorded_bucket_is_in_the_one_that_counts_it) {
  for (std::size_t bucket = 0; bucket < schema::bucket_count; ++bucket) {
    const double highest = schema::upper_bound_seconds(bucket);
    const std::span<const double> bounds = histogram_bounds();
    const auto expected = std::ranges::lower_bound(bounds, highest) - bounds.begin();
    EXPECT_EQ(place_of_bucket(bucket), static_cast<std::size_t>(expected)) << bucket;
  }
}

TEST(exemplars_test, the_latest_of_each_bucket_is_shown) {
  // All but the last are in the bucket from 3.9 to 7.8 ms.
  const std::vector samples{slow_run(5 * millisecond, 990 * second),
                            slow_run(6 * millisecond, 995 * second),
                            slow_run(7 * millisecond, 992 * second), slow_run(second, 10 * second)};
  const auto got = exemplars_of(samples, schema::slow_figure::run, now);
  ASSERT_THAT(got, SizeIs(2));
  EXPECT_EQ(got[0].value, 0.006);
  EXPECT_EQ(got[0].unix_seconds, 1'999'999'995);
  EXPECT_EQ(got[1].value, 1);
  EXPECT_THAT(exemplars_of(samples, schema::slow_figure::lag, now), SizeIs(0));
}

TEST(exemplars_test, stand_in_the_families_that_count_them) {
  schema::snapshot from = sample_snapshot();
  schema::slow_sample sample = slow_run(4 * millisecond).what;
  for (const schema::slow_figure figure :
       {schema::slow_figure::run, schema::slow_figure::delay, schema::slow_figure::lag,
        schema::slow_figure::corrected_lag, schema::slow_figure::stall}) {
    sample.figure = figure;
    from.slow_samples.push_back(sample);
  }
  collector tested({.source = [&] { return from; }});
  const std::string text = render(format::openmetrics, tested.collect());
  const std::string what =
      "# {trace_id=\"0af7651916cd43dd8448eb211c80319c\",task_id=\"42\",site=\"on_read\"} ";
  for (const char* family : {"asio_handler_duration_seconds", "asio_handler_queue_delay_seconds",
                             "asio_loop_lag_seconds", "asio_loop_corrected_lag_seconds"}) {
    const std::size_t line =
        text.find(std::string(family) + "_bucket{loop=\"main\",le=\"0.0078125\"} ");
    ASSERT_NE(line, std::string::npos) << family;
    EXPECT_THAT(text.substr(line, text.find('\n', line) - line),
                HasSubstr(what + "0.004 1999999990.000000"));
  }
  EXPECT_THAT(
      text, HasSubstr("asio_loop_stalls_total{loop=\"main\"} 1 " + what + "1 1999999990.000000\n"));
}

}  // namespace
}  // namespace asioscope::metrics
