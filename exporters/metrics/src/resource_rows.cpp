// SPDX-License-Identifier: BSL-1.0
#include "resource_rows.hpp"

#include "label_value.hpp"

#include <memory>
#include <utility>

namespace asioscope::metrics {

namespace {

/// The label that holds the name: short, since it stands in many queries. Empty: the kind has no
/// families.
std::string_view label_of(std::string_view kind) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"semaphore", "semaphore"},
      {"mutex", "mutex"},
      {"event", "event"},
      {"latch", "latch"},
      {"queue", "queue"},
      {"rate_limiter", "limiter"},
      {"task_pool", "task_pool"},
      {"resource_pool", "pool"},
      {"retry", "policy"},
      {"circuit_breaker", "breaker"},
      {"bulkhead", "bulkhead"},
      {"pipeline", "pipeline"},
      {"queue_processor", "queue_processor"},
      {"event_loop", "event_loop"},
      {"task_monitor", "monitor"}};
  for (const auto& [known, label] : names)
    if (kind == known) return label;
  return {};
}

void add(const schema::resource_info& what, resource_row& to) {
  for (const schema::resource_figure& each : what.figures)
    to.figures[each.name] += each.value;
  if (!what.state.empty()) to.states.push_back(what.state);
  to.waiting += what.waiting;
  to.wait.add(what.wait);
  to.item_wait.add(what.item_wait);
  to.timed_out += what.timed_out;
}

}  // namespace

resource_table resource_row_maker::make(const std::vector<schema::resource_info>& from) {
  std::map<std::string, std::map<std::string, resource_row>> by_name;
  for (const schema::resource_info& each : from) {
    if (label_of(each.kind).empty()) continue;
    label_places& places =
        places_.try_emplace(each.kind, names_per_kind_, std::size_t{0}).first->second;
    std::string name = label_value(each.name);
    if (!places.admit(name, false)) name = other_label;
    add(each, by_name[each.kind][name]);
  }
  resource_table result;
  for (auto& [kind, rows] : by_name) {
    for (auto& [name, row] : rows) {
      row.where =
          std::make_shared<const std::vector<label>>(std::vector<label>{{label_of(kind), name}});
      result[kind].push_back(std::move(row));
    }
  }
  return result;
}

}  // namespace asioscope::metrics
