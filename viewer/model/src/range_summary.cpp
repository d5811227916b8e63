// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/range_summary.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace asioscope::model {
namespace {

struct range {
  std::int64_t begin_ns;
  std::int64_t end_ns;
};

std::uint64_t part_in(const slice& run, const range& where) {
  const std::int64_t begin = std::max(run.begin_ns, where.begin_ns);
  const std::int64_t end = std::min(run.end_ns(), where.end_ns);
  return end > begin ? static_cast<std::uint64_t>(end - begin) : 0;
}

template <class Counts>
range_summary summarise(const trace_store& trace, const range& where, std::size_t most_slices,
                        Counts counts) {
  range_summary result;
  std::map<std::pair<std::uint32_t, std::uint32_t>, site_share> shares;
  std::size_t left = most_slices;
  for (const auto& [thread, lane] : trace.lanes()) {
    for (std::size_t index = 0; index < lane.gaps.size(); ++index) {
      const schema::gap& gap = lane.gaps[index];
      if (gap.to_ns >= where.begin_ns && gap.from_ns <= where.end_ns) result.lost += gap.count;
    }
    if (!lane.has_runs()) continue;
    const slice_track& track = lane.depths[0];
    for (std::size_t index = track.first_ending_after(where.begin_ns); index < track.size();
         ++index) {
      const slice& run = track[index];
      if (run.begin_ns >= where.end_ns) break;
      if (run.kind != schema::event_kind::run || !counts(thread, run)) continue;
      if (left-- == 0) {
        result.is_cut = true;
        left = 0;
        break;
      }
      const std::uint64_t part = part_in(run, where);
      site_share& share = shares[{run.loop, run.site}];
      share.loop = run.loop;
      share.site = run.site;
      ++share.runs;
      share.busy_ns += part;
      share.most_delay_ns = std::max(share.most_delay_ns, run.has_delay() ? run.delay_ns : 0);
      share.slow += (run.flags & schema::run_flag_slow) != 0 ? 1 : 0;
      share.failed += (run.flags & schema::run_flag_exception) != 0 ? 1 : 0;
      if (share.runs == 1 || run.duration_ns > share.longest_ns) {
        share.longest_ns = run.duration_ns;
        share.longest_thread = thread;
        share.longest = run;
      }
      ++result.runs;
      result.busy_ns += part;
    }
  }
  for (const auto& [key, share] : shares)
    result.shares.push_back(share);
  std::ranges::stable_sort(result.shares, std::ranges::greater{}, &site_share::busy_ns);
  return result;
}

}  // namespace

range_summary summary_of(const trace_store& trace, std::int64_t begin_ns, std::int64_t end_ns,
                         std::size_t most_slices) {
  return summarise(trace, {begin_ns, end_ns}, most_slices,
                   [](std::uint32_t, const slice&) { return true; });
}

range_summary delayers_of(const trace_store& trace, std::uint32_t thread, const slice& late) {
  constexpr std::size_t most_slices = 200'000;
  if (!late.has_delay()) return {};
  return summarise(trace, {late.ready_ns(), late.begin_ns}, most_slices,
                   [&](std::uint32_t ran_on, const slice& run) {
                     return ran_on == thread || run.loop == late.loop;
                   });
}

}  // namespace asioscope::model
