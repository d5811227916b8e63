// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics_prometheus/collectable.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace asioscope::metrics {

namespace {

prometheus::MetricType convert(family_type type) {
  switch (type) {
    case family_type::counter:
      return prometheus::MetricType::Counter;
    case family_type::gauge:
      return prometheus::MetricType::Gauge;
    case family_type::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

void set_value(prometheus::ClientMetric& metric, family_type type, double value) {
  (type == family_type::counter ? metric.counter.value : metric.gauge.value) = value;
}

void set_value(prometheus::ClientMetric& metric, const distribution& value) {
  const std::span<const double> bounds = histogram_bounds();
  metric.histogram.sample_count = value.count;
  metric.histogram.sample_sum = value.sum;
  metric.histogram.bucket.reserve(bounds.size() + 1);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    metric.histogram.bucket.push_back({value.cumulative[i], bounds[i]});
  }
  metric.histogram.bucket.push_back({value.count, std::numeric_limits<double>::infinity()});
}

prometheus::ClientMetric convert(const sample& from, family_type type) {
  prometheus::ClientMetric result;
  result.label.reserve(from.where->size());
  for (const label& each : *from.where) {
    result.label.push_back({std::string(each.name), each.value});
  }
  if (const double* value = std::get_if<double>(&from.value)) {
    set_value(result, type, *value);
  } else {
    set_value(result, std::get<distribution>(from.value));
  }
  return result;
}

std::vector<prometheus::MetricFamily> convert(const std::vector<family>& from) {
  std::vector<prometheus::MetricFamily> result;
  result.reserve(from.size());
  for (const family& each : from) {
    prometheus::MetricFamily& added = result.emplace_back();
    added.name = each.info->name;
    added.help = each.info->help;
    added.type = convert(each.info->type);
    added.metric.reserve(each.samples.size());
    for (const sample& one : each.samples)
      added.metric.push_back(convert(one, each.info->type));
  }
  return result;
}

/// What is left to say when nothing could be collected.
std::vector<prometheus::MetricFamily> errors_only(std::uint64_t count) {
  const auto info =
      std::ranges::find(all_families(), "asioscope_collect_errors_total", &family_info::name);
  const auto nowhere = std::make_shared<const std::vector<label>>();
  return convert({family{&*info, {{nowhere, static_cast<double>(count)}}}});
}

}  // namespace

collectable::collectable(collect_options options) : collector_(std::move(options)) {}
collectable::~collectable() = default;

std::vector<prometheus::MetricFamily> collectable::Collect() const {
  try {
    try {
      return convert(collector_.collect());
    } catch (...) {
      return errors_only(collector_.failures());
    }
  } catch (...) {  // no memory, not even for that
    return {};
  }
}

}  // namespace asioscope::metrics
