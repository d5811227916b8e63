// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics_prometheus/collectable.hpp"

#include "peer.hpp"
#include "sample_snapshot.hpp"

#include "asioscope/metrics/text_format.hpp"

#include <gmock/gmock.h>
#include <prometheus/exposer.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace asioscope::metrics {
namespace {

using net::testing::peer;
using ::testing::HasSubstr;
using testing::sample_snapshot;
using ::testing::SizeIs;

/// The lines of an export without comments, bounds as numbers, sorted: what both serialisers must
/// agree on.
std::vector<std::string> series(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#') || line.find("collect_duration") != std::string::npos) continue;
    if (const std::size_t at = line.find("le=\""); at != std::string::npos) {
      const std::size_t begin = at + 4;
      const std::size_t end = line.find('"', begin);
      line.replace(begin, end - begin,
                   std::to_string(std::stod(line.substr(begin, end - begin)) * 1e6));
    }
    const std::size_t blank = line.rfind(' ');
    line.replace(blank + 1, std::string::npos, std::to_string(std::stod(line.substr(blank + 1))));
    result.push_back(line);
  }
  std::ranges::sort(result);
  return result;
}

TEST(collectable_test, says_the_same_as_our_text) {
  const collect_options options{.source = sample_snapshot, .process = false};
  collector ours(options);
  const collectable theirs(options);
  EXPECT_EQ(series(prometheus::TextSerializer().Serialize(theirs.Collect())),
            series(to_text(ours.collect())));
}

std::string_view name_of(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    case prometheus::MetricType::Histogram:
      return "histogram";
    default:
      return "another";
  }
}

TEST(collectable_test, has_the_same_families_and_values_to_the_last_bit) {
  const collect_options options{.source = sample_snapshot, .process = false};
  const std::vector<family> ours = collector(options).collect();
  const std::vector<prometheus::MetricFamily> theirs = collectable(options).Collect();
  ASSERT_EQ(theirs.size(), ours.size());
  std::size_t known = 0;  // but for the process
  for (const family_info& each : all_families())
    known += each.name.starts_with("process_") ? 0 : 1;
  ASSERT_EQ(ours.size(), known);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    SCOPED_TRACE(ours[i].info->name);
    EXPECT_EQ(theirs[i].name, ours[i].info->name);
    EXPECT_EQ(theirs[i].help, ours[i].info->help);
    EXPECT_EQ(name_of(theirs[i].type), to_string(ours[i].info->type));
    ASSERT_EQ(theirs[i].metric.size(), ours[i].samples.size());
    for (std::size_t j = 0; j < ours[i].samples.size(); ++j) {
      const sample& here = ours[i].samples[j];
      const prometheus::ClientMetric& there = theirs[i].metric[j];
      ASSERT_EQ(there.label.size(), here.where->size());
      for (std::size_t k = 0; k < there.label.size(); ++k) {
        EXPECT_EQ(there.label[k].name, (*here.where)[k].name);
        EXPECT_EQ(there.label[k].value, (*here.where)[k].value);
      }
      EXPECT_EQ(there.timestamp_ms, 0);
      if (const double* value = std::get_if<double>(&here.value)) {
        EXPECT_EQ(
            ours[i].info->type == family_type::counter ? there.counter.value : there.gauge.value,
            *value);
        continue;
      }
      const distribution& shape = std::get<distribution>(here.value);
      EXPECT_EQ(there.histogram.sample_count, shape.count);
      EXPECT_EQ(there.histogram.sample_sum, shape.sum);
      ASSERT_EQ(there.histogram.bucket.size(), histogram_bounds().size() + 1);
      for (std::size_t k = 0; k < histogram_bounds().size(); ++k) {
        EXPECT_EQ(there.histogram.bucket[k].upper_bound, histogram_bounds()[k]);
        EXPECT_EQ(there.histogram.bucket[k].cumulative_count, shape.cumulative[k]);
      }
      EXPECT_EQ(there.histogram.bucket.back().cumulative_count, shape.count);
    }
  }
}

TEST(collectable_test, no_help_needs_escaping) {
  // prometheus-cpp does not escape it, and a scrape fails at the first backslash.
  for (const family_info& each : all_families())
    EXPECT_EQ(each.help.find_first_of("\\\n"), each.help.npos) << each.name;
}

TEST(collectable_test, names_of_any_kind_come_out_as_ours_do) {
  schema::snapshot from = sample_snapshot();
  from.loops[0].name = "a \"loop\" \\ \n with {everything=\"\"} \xFF 1";
  from.sites[0].name = "back\\slash\nand \"quotes\"";
  const collect_options options{.source = [&] { return from; }, .process = false};
  collector ours(options);
  const collectable theirs(options);
  const std::string text = prometheus::TextSerializer().Serialize(theirs.Collect());
  EXPECT_EQ(series(text), series(to_text(ours.collect())));
  EXPECT_THAT(text, HasSubstr("back\\\\slash"));
}

TEST(collectable_test, leaves_the_process_to_others_when_told) {
  const auto has_process = [](const collect_options& options) {
    return std::ranges::any_of(
        collectable(options).Collect(),
        [](const prometheus::MetricFamily& each) { return each.name.starts_with("process_"); });
  };
  EXPECT_TRUE(has_process({.source = sample_snapshot}));
  EXPECT_FALSE(has_process({.source = sample_snapshot, .process = false}));
}

TEST(collectable_test, is_served_by_an_exposer) {
  const auto families = std::make_shared<collectable>(collect_options{.source = sample_snapshot});
  prometheus::Exposer exposer("127.0.0.1:0", 1);
  exposer.RegisterCollectable(families);
  const peer client(static_cast<std::uint16_t>(exposer.GetListeningPorts().at(0)));
  client.send("GET /metrics HTTP/1.0\r\n\r\n");
  const std::string answer = client.receive_all();
  EXPECT_THAT(answer, HasSubstr(" 200 OK\r\n"));
  EXPECT_THAT(answer,
              HasSubstr("# TYPE asio_loop_threads gauge\nasio_loop_threads{loop=\"main\"} 2"));
  EXPECT_THAT(answer, HasSubstr("asio_handlers_total{loop=\"main\",site=\"on_read\"} 10"));
  EXPECT_THAT(answer,
              HasSubstr("asio_handler_duration_seconds_bucket{loop=\"main\",le=\"+Inf\"} 15"));
}

/// Of the one sample of asioscope_collect_errors_total; -1: not there.
double errors_in(const std::vector<prometheus::MetricFamily>& families) {
  const auto found = std::ranges::find(families, "asioscope_collect_errors_total",
                                       &prometheus::MetricFamily::name);
  return found != families.end() && found->metric.size() == 1 ? found->metric[0].counter.value : -1;
}

TEST(collectable_test, a_collection_that_fails_says_only_how_many_have) {
  bool fails = true;
  const collectable tested({.source = [&] {
    if (fails) throw std::runtime_error("no snapshot");
    return sample_snapshot();
  }});
  for (int times = 1; times <= 3; ++times) {
    const std::vector<prometheus::MetricFamily> families = tested.Collect();
    EXPECT_THAT(families, SizeIs(1));
    EXPECT_EQ(errors_in(families), times);
  }
  fails = false;
  const std::vector<prometheus::MetricFamily> families = tested.Collect();
  EXPECT_GT(families.size(), 100U);
  EXPECT_EQ(errors_in(families), 3);
}

TEST(collectable_test, a_source_that_throws_what_is_no_exception) {
  const collectable tested({.source = []() -> schema::snapshot { throw 1; }});
  EXPECT_EQ(errors_in(tested.Collect()), 1);
}

}  // namespace
}  // namespace asioscope::metrics
