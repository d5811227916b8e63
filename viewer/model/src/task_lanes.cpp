// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/task_lanes.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace asioscope::model {
namespace {

using what = task_stretch::what;

class lane_collector {
 public:
  lane_collector(std::int64_t begin_ns, std::int64_t end_ns)
      : begin_ns_(begin_ns), end_ns_(end_ns) {}

  /// Before anything else: which of the tasks that share an id something is of, tells its moment.
  void note_begin(const slice& begin) {
    if (begin.kind == schema::event_kind::task_begin) begins_[begin.task].push_back(begin.begin_ns);
  }
  void sort_begins() {
    for (auto& [task, begins] : begins_)
      std::ranges::sort(begins);
  }

  void take(std::uint32_t thread, const slice& each) {
    if (each.task == 0) return;
    switch (each.kind) {
      case schema::event_kind::run:
        if (each.has_delay() && each.delay_ns != 0)
          add(what::queued, each.ready_ns(), each.begin_ns, thread, each);
        add(what::run, each.begin_ns, each.end_ns(), thread, each);
        break;
      case schema::event_kind::wait:
        add(what::resource, each.begin_ns, each.end_ns(), thread, each);
        break;
      case schema::event_kind::span:
        add(what::scope, each.begin_ns, each.end_ns(), thread, each);
        break;
      case schema::event_kind::task_begin:
      case schema::event_kind::task_end:
        note(each);
        break;
      case schema::event_kind::created:
      case schema::event_kind::unrun:
      case schema::event_kind::occurrence:
        break;
    }
  }

  task_lanes finish(std::size_t most_lanes, const slice* wanted) && {
    task_lanes result;
    result.tasks = lanes_.size();
    const key first = wanted == nullptr ? key{} : key_of(wanted->task, wanted->end_ns());
    std::vector<std::tuple<bool, std::uint64_t, key>> order;  // the smallest comes first
    for (const auto& [which, lane] : lanes_)
      order.emplace_back(which != first, ~(lane.busy_ns + lane.waited_ns), which);
    const auto listed = static_cast<std::ptrdiff_t>(std::min(most_lanes, order.size()));
    std::ranges::partial_sort(order, order.begin() + listed);
    for (auto each = order.begin(); each != order.begin() + listed; ++each)
      result.lanes.push_back(std::move(lanes_[std::get<key>(*each)]));
    for (task_lane& lane : result.lanes)
      std::ranges::stable_sort(lane.stretches, drawn_first);
    std::ranges::sort(result.lanes, {},
                      [](const task_lane& lane) { return std::pair(first_sign(lane), lane.task); });
    return result;
  }

 private:
  /// Low half of the id, and when it began; 0: before what is looked at.
  using key = std::pair<std::uint32_t, std::int64_t>;

  static int layer(what kind) {
    switch (kind) {
      case what::scope:
        return 0;
      case what::resource:
        return 1;
      case what::queued:
        return 2;
      case what::run:
        break;
    }
    return 3;
  }

  static bool drawn_first(const task_stretch& left, const task_stretch& right) {
    return std::pair(layer(left.kind), left.begin_ns) <
           std::pair(layer(right.kind), right.begin_ns);
  }

  static std::int64_t first_sign(const task_lane& lane) {
    std::int64_t first = lane.has_begun ? lane.begin_ns : lane.end_ns;
    const bool is_marked = lane.has_begun || lane.has_ended;
    for (std::size_t index = 0; index < lane.stretches.size(); ++index) {
      const std::int64_t begin = lane.stretches[index].begin_ns;
      first = index == 0 && !is_marked ? begin : std::min(first, begin);
    }
    return first;
  }

  [[nodiscard]] key key_of(std::uint32_t task, std::int64_t moment) const {
    const auto known = begins_.find(task);
    if (known == begins_.end()) return {task, 0};
    const auto next = std::ranges::upper_bound(known->second, moment);
    return {task, next == known->second.begin() ? 0 : *std::prev(next)};
  }

  task_lane& lane_of(std::uint32_t task, std::int64_t moment) {
    task_lane& lane = lanes_[key_of(task, moment)];
    lane.task = task;
    return lane;
  }

  void note(const slice& moment) {
    if (moment.begin_ns > end_ns_) return;
    task_lane& lane = lane_of(moment.task, moment.begin_ns);
    lane.site = moment.site;
    const bool begins = moment.kind == schema::event_kind::task_begin;
    (begins ? lane.has_begun : lane.has_ended) = true;
    (begins ? lane.begin_ns : lane.end_ns) = moment.begin_ns;
  }

  void add(what kind, std::int64_t begin, std::int64_t end, std::uint32_t thread,
           const slice& source) {
    if (end < begin_ns_ || begin > end_ns_) return;
    task_lane& lane = lane_of(source.task, end);
    const auto inside = static_cast<std::uint64_t>(
        std::max<std::int64_t>(std::min(end, end_ns_) - std::max(begin, begin_ns_), 0));
    if (kind == what::run) lane.busy_ns += inside;
    if (kind == what::queued || kind == what::resource) lane.waited_ns += inside;
    lane.stretches.push_back({kind, begin, end, thread, source});
  }

  std::int64_t begin_ns_;
  std::int64_t end_ns_;
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> begins_;  // by task, in order
  std::map<key, task_lane> lanes_;
};

constexpr std::size_t looked_beyond = 256;

struct stretch_of_track {
  std::uint32_t thread;
  const slice_track* track;
  std::size_t first;
  std::size_t last;
};

}  // namespace

task_lanes task_lanes_of(const trace_store& trace, std::int64_t begin_ns, std::int64_t end_ns,
                         std::size_t most_lanes, std::size_t most_slices, const slice* wanted) {
  std::vector<stretch_of_track> parts;
  std::size_t slices = 0;
  const auto look_at = [&](std::uint32_t thread, const slice_track& track) {
    const std::size_t first = track.first_ending_after(begin_ns);
    // Some more: a wait or a queue delay reaches back from beyond the end.
    const std::size_t last =
        std::min(track.size(), track.first_ending_after(end_ns, first) + looked_beyond);
    slices += last - first;
    parts.push_back({thread, &track, first, last});
  };
  for (const auto& [thread, lane] : trace.lanes()) {
    for (const slice_track& track : lane.depths)
      look_at(thread, track);
    look_at(thread, lane.across);
    look_at(thread, lane.moments);
  }
  if (slices > most_slices) return {.lanes = {}, .tasks = 0, .is_too_much = true};
  lane_collector tasks(begin_ns, end_ns);
  for (const stretch_of_track& part : parts) {
    for (std::size_t index = part.first; index < part.last; ++index)
      tasks.note_begin((*part.track)[index]);
  }
  tasks.sort_begins();
  for (const stretch_of_track& part : parts) {
    for (std::size_t index = part.first; index < part.last; ++index)
      tasks.take(part.thread, (*part.track)[index]);
  }
  return std::move(tasks).finish(most_lanes, wanted);
}

}  // namespace asioscope::model
