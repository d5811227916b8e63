// SPDX-License-Identifier: BSL-1.0
#include "rows.hpp"

#include "label_value.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace asioscope::metrics {

namespace {

labels make_labels(std::vector<label> list) {
  return std::make_shared<const std::vector<label>>(std::move(list));
}

/// The label values of one kind of site, by id.
class site_names {
 public:
  site_names(const schema::snapshot& from, schema::site_kind kind) {
    for (const schema::site_info& each : from.sites) {
      if (each.kind == kind) names_.emplace(each.id, label_value(each.name));
    }
  }
  [[nodiscard]] const std::string& operator[](std::uint32_t id) {
    const auto found = names_.find(id);
    if (found != names_.end()) return found->second;
    return names_.emplace(id, "site " + std::to_string(id)).first->second;
  }

 private:
  std::unordered_map<std::uint32_t, std::string> names_;
};

/// The records in the order in which their sites were first seen, which is that of their ids.
template <class Record>
std::vector<std::pair<std::uint32_t, const Record*>> by_site(const std::vector<Record>& records) {
  std::vector<std::pair<std::uint32_t, const Record*>> result;
  result.reserve(records.size());
  for (const Record& each : records)
    result.emplace_back(each.site, &each);
  // Not by the member: the records are so large that to look at each is what takes the time.
  std::ranges::stable_sort(result, {}, &std::pair<std::uint32_t, const Record*>::first);
  return result;
}

std::map<std::string, std::uint64_t> errors_of(const schema::site_statistics& from) {
  std::map<std::string, std::uint64_t> result;
  for (const schema::error_count& each : from.error_categories)
    result[label_value(each.category)] += each.count;
  return result;
}

site_totals totals_of(const schema::site_statistics& from) {
  return {.handlers = from.run.count(),
          .busy_ns = from.run.sum_ns,
          .wait_ns = from.delay.sum_ns,
          .slow = from.slow,
          .slow_ns = from.slow_ns,
          .exceptions = from.failed,
          .unrun = from.unrun,
          .errors = errors_of(from)};
}

task_totals totals_of(const schema::task_statistics& from) {
  return {.spawned = from.spawned,
          .finished = from.finished,
          .failed = from.failed,
          .cancelled = from.cancelled,
          .abandoned = from.abandoned};
}

void add_totals(schema::loop_statistics& to, const schema::loop_statistics& from) {
  to.busy_ns += from.busy_ns;
  to.idle_ns += from.idle_ns;
  to.turns += from.turns;
  to.hops += from.hops;
  to.stalls += from.stalls;
  to.stall_ns += from.stall_ns;
  to.lag.add(from.lag);
  to.long_turns += from.long_turns;
  to.longest_turn_ns = std::max(to.longest_turn_ns, from.longest_turn_ns);
  to.corrected_lag.add(from.corrected_lag);
  to.strand_wait.add(from.strand_wait);
}

void add_gauges(loop_row& to, const schema::loop_statistics& from) {
  to.totals.threads += from.threads;
  to.totals.pending += from.pending;
  to.totals.outstanding += from.outstanding;
  // Of two loops of one name the one that is stuck matters.
  to.totals.last_progress_ns =
      to.live ? std::min(to.totals.last_progress_ns, from.last_progress_ns) : from.last_progress_ns;
  to.live = true;
}

void add_live_task(loop_row& to, const schema::task_info& task) {
  switch (task.state) {
    case schema::task_state::ready:
      ++to.tasks.ready;
      break;
    case schema::task_state::running:
      ++to.tasks.running;
      break;
    default:
      ++to.tasks.suspended;
      break;
  }
  if (to.oldest_spawn_ns == 0 || task.spawned_ns < to.oldest_spawn_ns) {
    to.oldest_spawn_ns = task.spawned_ns;
  }
}

/// Those of the loops that are there.
template <class Totals>
std::vector<labelled<Totals>> present_rows(std::vector<capped_row<Totals>>&& all,
                                           const std::vector<loop_row>& loops,
                                           std::uint64_t Totals::*counted, std::uint64_t& folded) {
  std::vector<labelled<Totals>> result;
  result.reserve(all.size());
  for (capped_row<Totals>& each : all) {
    const auto& [loop, value] = *each.key;
    if (loop >= loops.size() || !loops[loop].present) continue;
    if (value == other_label) folded += each.totals.*counted;
    result.push_back({std::move(each.where), std::move(each.totals)});
  }
  return result;
}

}  // namespace

row_maker::row_maker(label_places sites, label_places tasks)
    : sites_(std::move(sites),
             [this](const capped_key& of) {
               return make_labels({loop_labels_[of.first]->front(), {"site", of.second}});
             }),
      tasks_(std::move(tasks), [this](const capped_key& of) {
        return make_labels({loop_labels_[of.first]->front(), {"task", of.second}});
      }) {}

std::uint32_t row_maker::place_of_loop(const std::string& name) {
  const auto place = static_cast<std::uint32_t>(loops_.size());
  const auto [known, fresh] = loops_.try_emplace(name, place);
  if (fresh) loop_labels_.push_back(make_labels({{"loop", name}}));
  return known->second;
}

rows row_maker::make(const schema::snapshot& from) {
  rows result;
  std::unordered_map<std::uint32_t, std::uint32_t> places;  // by the loop's id
  std::unordered_map<std::uint32_t, bool> gone;
  for (const schema::loop_info& each : from.loops) {
    places.emplace(each.id, place_of_loop(label_value(each.name)));
    gone.emplace(each.id, each.gone);
  }
  const auto place = [&](std::uint32_t id) {
    if (const auto found = places.find(id); found != places.end()) return found->second;
    return places.emplace(id, place_of_loop("loop " + std::to_string(id))).first->second;
  };
  const auto row_at = [&](std::uint32_t at) -> loop_row& {
    if (at >= result.loops.size()) result.loops.resize(at + 1);
    result.loops[at].present = true;
    return result.loops[at];
  };
  const auto row = [&](std::uint32_t id) -> loop_row& { return row_at(place(id)); };
  const auto is_gone = [&](std::uint32_t id) {
    const auto found = gone.find(id);
    return found != gone.end() && found->second;
  };

  result.loops.reserve(loops_.size() + 1);  // they are large
  for (const schema::loop_info& each : from.loops)
    static_cast<void>(row(each.id));
  for (const schema::loop_statistics& each : from.loop_stats) {
    add_totals(row(each.loop).totals, each);
    if (!is_gone(each.loop)) add_gauges(row(each.loop), each);
  }

  std::vector<capped_input<site_totals>> sites;
  sites.reserve(from.site_stats.size());
  site_names handler_names(from, schema::site_kind::handler);
  for (const auto& [site, each] : by_site(from.site_stats)) {
    const std::uint32_t at = place(each->loop);
    loop_row& loop = row_at(at);
    loop.run.add(each->run);
    loop.delay.add(each->delay);
    sites.push_back({at, handler_names[site], totals_of(*each)});
  }

  for (const schema::stall_causes& each : from.causes) {
    std::ranges::transform(row(each.loop).stalls, each.counts, row(each.loop).stalls.begin(),
                           std::plus{});
  }
  for (const schema::slow_sample& each : from.slow_samples) {
    row(each.loop).slow.push_back({each, handler_names[each.site]});
    // One that is stuck in its first run has no figures yet, but a name.
    if (each.figure == schema::slow_figure::stall)
      sites.push_back({place(each.loop), handler_names[each.site], {.stalled = true}});
  }

  std::vector<capped_input<task_totals>> tasks;
  site_names task_names(from, schema::site_kind::task);
  for (const auto& [site, each] : by_site(from.task_stats)) {
    const std::uint32_t at = place(each->loop);
    row_at(at).task_duration.add(each->duration);
    tasks.push_back({at, task_names[site], totals_of(*each)});
  }
  for (const schema::task_info& each : from.tasks) {
    if (schema::is_live(each.state) && !is_gone(each.loop)) add_live_task(row(each.loop), each);
  }
  if (from.self.task_overflow > 0) {
    for (const schema::task_statistics& each : from.task_stats) {
      if (!is_gone(each.loop)) row(each.loop).tasks.untracked += each.spawned - each.finished;
    }
    for (loop_row& each : result.loops) {
      const live_tasks& known = each.tasks;
      const std::uint64_t listed = known.ready + known.running + known.suspended;
      each.tasks.untracked -= std::min(each.tasks.untracked, listed);
    }
  }

  for (std::size_t at = 0; at < result.loops.size(); ++at)
    result.loops[at].where = loop_labels_[at];
  result.sites =
      present_rows(sites_.fold(sites), result.loops, &site_totals::handlers, result.folded_sites);
  result.tasks =
      present_rows(tasks_.fold(tasks), result.loops, &task_totals::spawned, result.folded_tasks);
  std::erase_if(result.loops, [](const loop_row& each) { return !each.present; });
  return result;
}

}  // namespace asioscope::metrics
