// SPDX-License-Identifier: BSL-1.0
#include "exemplars.hpp"

#include "label_value.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace asioscope::metrics {

namespace {

/// In seconds, inside the bucket: what was counted in clock ticks may have been rounded out of it.
double value_in(std::size_t place, std::uint64_t nanoseconds) {
  const std::span<const double> bounds = histogram_bounds();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const double above = place == 0 ? -infinity : bounds[place - 1];
  const double highest = place == bounds.size() ? infinity : bounds[place];
  return std::clamp(static_cast<double>(nanoseconds) / 1e9, std::nextafter(above, infinity),
                    highest);
}

double unix_seconds(std::int64_t monotonic_ns, const schema::clock_reading& now) {
  return static_cast<double>(now.realtime_ns - (now.monotonic_ns - monotonic_ns)) / 1e9;
}

}  // namespace

std::size_t place_of_bucket(std::size_t recorded) {
  // Both in quarters of an octave: the first bound of a family is that many buckets up.
  static const auto first =
      static_cast<std::size_t>((std::ilogb(histogram_bounds().front()) - schema::lowest_exponent) *
                               static_cast<int>(schema::buckets_per_octave));
  if (recorded <= first) return 0;
  return std::min((recorded - first - 1) / schema::buckets_per_octave + 1,
                  histogram_bounds().size());
}

std::vector<label> exemplar_labels(const named_sample& from) {
  std::vector<label> result;
  // All lengths in bytes, of which there may be more than characters.
  // Longer than any that the recorder keeps.
  constexpr std::size_t longest_trace_id = 64;
  if (!from.what.trace_id.empty())
    result.push_back({"trace_id", label_value(from.what.trace_id, longest_trace_id)});
  if (from.what.task != 0) result.push_back({"task_id", std::to_string(from.what.task)});
  constexpr std::string_view site = "site";
  std::size_t used = site.size();
  for (const label& each : result)
    used += each.name.size() + each.value.size();
  result.push_back({site, label_value(from.site, max_exemplar_characters - used)});
  // Prometheus' Python client, which others use, takes the first brace for the end of the labels.
  for (label& each : result) {
    std::ranges::replace(each.value, '{', '(');
    std::ranges::replace(each.value, '}', ')');
  }
  return result;
}

std::vector<exemplar> exemplars_of(std::span<const named_sample> samples,
                                   schema::slow_figure figure, const schema::clock_reading& now) {
  std::map<std::size_t, const named_sample*> latest;  // by place
  for (const named_sample& each : samples) {
    if (each.what.figure != figure) continue;
    const named_sample*& kept = latest[place_of_bucket(each.what.bucket)];
    if (kept == nullptr || kept->what.time_ns < each.what.time_ns) kept = &each;
  }
  std::vector<exemplar> result;
  for (const auto& [place, each] : latest) {
    const double value =
        figure == schema::slow_figure::stall ? 1 : value_in(place, each->what.duration_ns);
    result.push_back({exemplar_labels(*each), value, unix_seconds(each->what.time_ns, now)});
  }
  return result;
}

}  // namespace asioscope::metrics
