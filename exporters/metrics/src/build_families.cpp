// SPDX-License-Identifier: BSL-1.0
#include "build_families.hpp"

#include "build_info.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace asioscope::metrics {

namespace {

constexpr int lowest_bound = -17;  // exponents of two
constexpr int highest_bound = 3;
constexpr std::size_t bound_count = highest_bound - lowest_bound + 1;

distribution distribution_of(const schema::histogram& from) {
  distribution result;
  result.cumulative.reserve(bound_count);
  std::size_t bucket = 0;
  for (int exponent = lowest_bound; exponent <= highest_bound; ++exponent) {
    const auto last =
        static_cast<std::size_t>(exponent - schema::lowest_exponent) * schema::buckets_per_octave;
    for (; bucket <= last; ++bucket)
      result.count += from.buckets[bucket];
    result.cumulative.push_back(result.count);
  }
  for (; bucket < schema::bucket_count; ++bucket)
    result.count += from.buckets[bucket];
  result.sum = static_cast<double>(from.sum_ns) / 1e9;
  return result;
}

labels with(std::initializer_list<label> list) {
  return std::make_shared<const std::vector<label>>(list);
}

const labels& without() {
  // Never destroyed: a scrape may come while the program's static objects go.
  static const labels& none = *new labels(with({}));
  return none;
}

/// Adds the samples of one family.
class builder {
 public:
  builder(const family_info& info, const reading& from, std::vector<sample>& to)
      : last_label_(info.labels.empty() ? std::string_view() : info.labels.back()),
        from_(from),
        to_(to) {}

  void operator()(const per_loop& what) {
    for (const loop_row& each : from_.table.loops) {
      to_.push_back({each.where, what.value(each, from_), exemplars(each, what.exemplars)});
    }
  }
  void operator()(const per_loop_histogram& what) {
    for (const loop_row& each : from_.table.loops) {
      to_.push_back(
          {each.where, distribution_of(what.value(each)), exemplars(each, what.exemplars)});
    }
  }
  void operator()(const per_stall_cause&) {
    constexpr std::array<std::string_view, schema::stall_cause_count> names{
        "unknown", "on_cpu", "system_call", "mutex", "descheduled", "kernel", "stopped"};
    for (const loop_row& each : from_.table.loops) {
      for (std::size_t i = 0; i < names.size(); ++i) {
        add(with({each.where->front(), {"cause", std::string(names[i])}}),
            static_cast<double>(each.stalls[i]));
      }
    }
  }
  void operator()(const per_task_state&) {
    for (const loop_row& each : from_.table.loops) {
      for (const auto& [state, count] :
           {std::pair{"ready", each.tasks.ready}, std::pair{"running", each.tasks.running},
            std::pair{"suspended", each.tasks.suspended},
            std::pair{"untracked", each.tasks.untracked}}) {
        add(with({each.where->front(), {"state", state}}), static_cast<double>(count));
      }
    }
  }
  void operator()(const per_site& what) {
    to_.reserve(from_.table.sites.size());
    for (const auto& each : from_.table.sites)
      add(each.where, what.value(each.totals));
  }
  void operator()(const per_site_and_category&) {
    for (const auto& each : from_.table.sites) {
      for (const auto& [category, count] : each.totals.errors) {
        add(with({each.where->front(), each.where->back(), {"category", category}}),
            static_cast<double>(count));
      }
    }
  }
  void operator()(const per_task& what) {
    to_.reserve(from_.table.tasks.size());
    for (const auto& each : from_.table.tasks)
      add(each.where, what.value(each.totals));
  }
  void operator()(const per_resource_figure& what) {
    for (const resource_row& each : of_kind(what.kind))
      if (const auto value = each.figure(what.figure)) add(each.where, *value);
  }
  void operator()(const per_resource_sum& what) {
    for (const resource_row& each : of_kind(what.kind)) {
      std::optional<double> sum = 0;
      for (const std::string_view figure : what.figures) {
        const auto value = each.figure(figure);
        sum = sum && value ? std::optional(*sum + *value) : std::nullopt;
      }
      if (sum) add(each.where, *sum);
    }
  }
  void operator()(const per_resource& what) {
    for (const resource_row& each : of_kind(what.kind))
      add(each.where, what.value(each));
  }
  void operator()(const per_resource_wait& what) {
    for (const resource_row& each : of_kind(what.kind))
      to_.push_back({each.where, distribution_of(each.*what.of)});
  }
  void operator()(const per_resource_part& what) {
    for (const resource_row& each : of_kind(what.kind))
      for (const auto& [value, figure] : what.parts)
        if (const auto count = each.figure(figure))
          add(with({each.where->front(), {last_label_, std::string(value)}}), *count);
  }
  void operator()(const per_resource_state& what) {
    for (const resource_row& each : of_kind(what.kind))
      for (const std::string_view state : what.states)
        add(with({each.where->front(), {last_label_, std::string(state)}}),
            static_cast<double>(std::ranges::count(each.states, state)));
  }
  void operator()(const per_program& what) { add(without(), what.value(from_)); }
  void operator()(const per_capped_label&) {
    add(with({{"label", "site"}}), static_cast<double>(from_.table.folded_sites));
    add(with({{"label", "task"}}), static_cast<double>(from_.table.folded_tasks));
  }
  void operator()(const per_mode&) {
    for (const std::string_view mode : {"off", "metrics", "trace"}) {
      add(with({{"mode", std::string(mode)}}), mode == from_.mode ? 1 : 0);
    }
  }
  void operator()(const per_build&) {
    add(with({{"version", std::string(library_version)},
              {"boost_version", std::string(boost_version)},
              {"compiler", std::string(compiler_version)}}),
        1);
  }
  void operator()(const per_process& what) {
    if (!from_.process) return;
    if (const std::optional<double> value = (*from_.process).*what.value) add(without(), *value);
  }

 private:
  void add(const labels& where, double value) { to_.push_back({where, value}); }

  [[nodiscard]] std::vector<exemplar> exemplars(
      const loop_row& row, const std::optional<schema::slow_figure>& figure) const {
    if (!figure) return {};
    return exemplars_of(row.slow, *figure, from_.time);
  }

  [[nodiscard]] std::span<const resource_row> of_kind(std::string_view kind) const {
    const auto found = from_.resources.find(kind);
    if (found == from_.resources.end()) return {};
    return found->second;
  }

  std::string_view last_label_;
  const reading& from_;
  std::vector<sample>& to_;
};

}  // namespace

std::span<const double> histogram_bounds() {
  static const std::array<double, bound_count> result = [] {
    std::array<double, bound_count> bounds{};
    for (std::size_t i = 0; i < bound_count; ++i) {
      bounds[i] = std::ldexp(1.0, lowest_bound + static_cast<int>(i));
    }
    return bounds;
  }();
  return result;
}

std::vector<family> build_families(const reading& from) {
  std::vector<family> result;
  const std::span<const definition> known = definitions();
  result.reserve(known.size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    family& added = result.emplace_back(family{&all_families()[i], {}});
    std::visit(builder(all_families()[i], from, added.samples), known[i].from);
    if (added.samples.empty()) result.pop_back();
  }
  return result;
}

}  // namespace asioscope::metrics
