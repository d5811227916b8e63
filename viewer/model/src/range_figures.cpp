// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/range_figures.hpp"

#include <algorithm>

namespace asioscope::model {
namespace {

// What is ready within the stretch, or begins to wait, may begin to run or end beyond it.
constexpr std::size_t longest_look_beyond = 20'000;

class figure_collector {
 public:
  figure_collector(std::int64_t begin_ns, std::int64_t end_ns)
      : begin_ns_(begin_ns), end_ns_(end_ns) {}

  void take(const slice& each) {
    switch (each.kind) {
      case schema::event_kind::run:
        if (overlaps(each.begin_ns, each.end_ns())) add(each);
        note_task(each, each.has_delay() ? each.ready_ns() : each.begin_ns);
        break;
      case schema::event_kind::wait:
        note_task(each, each.begin_ns);
        break;
      case schema::event_kind::task_end:
        if (each.begin_ns >= begin_ns_ && each.begin_ns < end_ns_) add_end(each);
        break;
      case schema::event_kind::span:
      case schema::event_kind::created:
      case schema::event_kind::unrun:
      case schema::event_kind::task_begin:
      case schema::event_kind::occurrence:
        break;
    }
  }

  range_figures result;

 private:
  // What has no duration lies within when its moment does.
  [[nodiscard]] bool overlaps(std::int64_t from, std::int64_t to) const {
    return from < end_ns_ && (to > begin_ns_ || (from == to && from == begin_ns_));
  }

  void note_task(const slice& each, std::int64_t since) {
    if (each.task != 0 && overlaps(since, each.end_ns())) result.tasks.insert(each.task);
  }

  void add(const slice& run) {
    if ((run.flags & schema::run_flag_hop) != 0) return;
    range_figures::handler& handler = result.handlers[{run.loop, run.site}];
    schema::site_statistics& figures = handler.figures;
    figures.loop = run.loop;
    figures.site = run.site;
    figures.run.record(run.duration_ns);
    if (run.has_delay()) figures.delay.record(run.delay_ns);
    figures.longest_ns = std::max(figures.longest_ns, run.duration_ns);
    const auto count = [&](schema::run_flag flag) -> std::uint64_t {
      return (run.flags & flag) != 0 ? 1 : 0;
    };
    figures.slow += count(schema::run_flag_slow);
    figures.failed += count(schema::run_flag_exception);
    figures.errors += count(schema::run_flag_error);
    figures.cancelled += count(schema::run_flag_cancelled);
    handler.busy_ns += static_cast<std::uint64_t>(std::min(run.end_ns(), end_ns_) -
                                                  std::max(run.begin_ns, begin_ns_));
  }

  void add_end(const slice& end) {
    schema::task_statistics& name = result.ended_tasks[{end.loop, end.site}];
    name.loop = end.loop;
    name.site = end.site;
    ++name.finished;
    const auto count = [&](schema::task_state outcome) -> std::uint64_t {
      return end.flags == static_cast<std::uint8_t>(outcome) ? 1 : 0;
    };
    name.failed += count(schema::task_state::failed);
    name.cancelled += count(schema::task_state::cancelled);
    name.abandoned += count(schema::task_state::abandoned);
    if (end.delay_ns != 0) name.duration.record(end.delay_ns);
  }

  std::int64_t begin_ns_;
  std::int64_t end_ns_;
};

}  // namespace

range_figures figures_of(const trace_store& trace, std::int64_t begin_ns, std::int64_t end_ns,
                         std::size_t most_slices) {
  figure_collector found(begin_ns, end_ns);
  std::size_t left = most_slices;
  const auto look_at = [&](const slice_track& track) {
    // One that ends with the beginning lies before it, unless it has no duration.
    const std::size_t first = track.first_ending_after(begin_ns - 1);
    const std::size_t last =
        std::min(track.size(), track.first_ending_after(end_ns, first) + longest_look_beyond);
    for (std::size_t index = first; index < last && left != 0; ++index, --left)
      found.take(track[index]);
  };
  for (const auto& [thread, lane] : trace.lanes()) {
    for (const slice_track& track : lane.depths)
      look_at(track);
    look_at(lane.across);
    look_at(lane.moments);
  }
  found.result.looked_at = most_slices - left;
  found.result.is_whole = left != 0 && trace.holds(begin_ns, end_ns);
  return std::move(found.result);
}

}  // namespace asioscope::model
