// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/latest_run.hpp"

namespace asioscope::model {
namespace {

bool fits(const slice& each, const run_question& wanted) {
  if (each.kind != schema::event_kind::run || each.loop != wanted.loop || each.site != wanted.site)
    return false;
  const bool is_delay = wanted.measure == run_question::by::delay;
  if (is_delay && !each.has_delay()) return false;
  const std::uint64_t value = is_delay ? each.delay_ns : each.duration_ns;
  return value > wanted.above_ns && value <= wanted.up_to_ns;
}

}  // namespace

std::optional<found_run> latest_run(const trace_store& trace, const run_question& wanted) {
  std::optional<found_run> latest;
  for (const auto& [thread, lane] : trace.lanes()) {
    for (const slice_track& track : lane.depths) {
      for (std::size_t index = track.size(); index-- > 0;) {
        const slice& each = track[index];
        if (latest && each.end_ns() <= latest->what.end_ns()) break;
        if (!fits(each, wanted)) continue;
        latest = {thread, each};
        break;
      }
    }
  }
  return latest;
}

}  // namespace asioscope::model
