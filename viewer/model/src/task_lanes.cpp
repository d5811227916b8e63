// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/task_lanes.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace asioscope::model {
namespace {

using what = task_stretch::what;

class collector {
 public:
  collector(std::int64_t begin_ns, std::int64_t end_ns) : begin_ns_(begin_ns), end_ns_(end_ns) {}

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
      case schema::event_kind::task_begin: {
        task_lane& lane = lane_of(each.task);
        lane.site = each.site;
        lane.has_begun = true;
        lane.begin_ns = each.begin_ns;
        break;
      }
      case schema::event_kind::task_end: {
        task_lane& lane = lane_of(each.task);
        lane.site = each.site;
        lane.has_ended = true;
        lane.end_ns = each.begin_ns;
        break;
      }
      case schema::event_kind::created:
      case schema::event_kind::unrun:
      case schema::event_kind::occurrence:
        break;
    }
  }

  task_lanes finish(std::size_t most_lanes, std::uint32_t wanted) && {
    task_lanes result;
    result.tasks = lanes_.size();
    for (auto& [task, lane] : lanes_)
      result.lanes.push_back(std::move(lane));
    const auto weight = [&](const task_lane& lane) {
      return std::tuple(lane.task == wanted && wanted != 0, lane.busy_ns + lane.waited_ns,
                        ~lane.task);
    };
    std::ranges::sort(result.lanes, std::ranges::greater{}, weight);
    if (result.lanes.size() > most_lanes) result.lanes.resize(most_lanes);
    for (task_lane& lane : result.lanes)
      std::ranges::stable_sort(lane.stretches, drawn_first);
    std::ranges::sort(result.lanes, {},
                      [](const task_lane& lane) { return std::pair(first_sign(lane), lane.task); });
    return result;
  }

 private:
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

  task_lane& lane_of(std::uint32_t task) {
    task_lane& lane = lanes_[task];
    lane.task = task;
    return lane;
  }

  void add(what kind, std::int64_t begin, std::int64_t end, std::uint32_t thread,
           const slice& source) {
    if (end < begin_ns_ || begin > end_ns_) return;
    task_lane& lane = lane_of(source.task);
    const auto inside = static_cast<std::uint64_t>(
        std::max<std::int64_t>(std::min(end, end_ns_) - std::max(begin, begin_ns_), 0));
    if (kind == what::run) lane.busy_ns += inside;
    if (kind == what::queued || kind == what::resource) lane.waited_ns += inside;
    lane.stretches.push_back({kind, begin, end, thread, source});
  }

  std::int64_t begin_ns_;
  std::int64_t end_ns_;
  std::unordered_map<std::uint32_t, task_lane> lanes_;
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
                         std::size_t most_lanes, std::size_t most_slices, std::uint32_t wanted) {
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
  collector tasks(begin_ns, end_ns);
  for (const stretch_of_track& part : parts) {
    for (std::size_t index = part.first; index < part.last; ++index)
      tasks.take(part.thread, (*part.track)[index]);
  }
  return std::move(tasks).finish(most_lanes, wanted);
}

}  // namespace asioscope::model
