// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/waiters.hpp"

#include "asioscope/model/causes.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace asioscope::model {
namespace {

// So many in a row that were not ready by the end: those that follow were not either.
constexpr std::size_t enough = 20'000;
constexpr std::size_t most_per_cause = 20'000;
// After it, the reactor is asked this soon, unless the thread is not given a processor.
constexpr std::int64_t soon_ns = 10'000'000;
// What one look at the reactor returned is ready at the same moment, but for rounding.
constexpr std::int64_t one_moment_ns = 5'000;

}  // namespace

waiters waiters_of(const trace_store& trace, std::uint32_t thread, std::uint32_t loop,
                   std::int64_t begin_ns, std::int64_t end_ns, std::size_t most_slices) {
  waiters result;
  std::map<std::pair<std::uint32_t, std::uint32_t>, waiting_share> shares;
  std::vector<std::int64_t> returned_ns;
  std::size_t left = most_slices;
  std::int64_t latest_ns = end_ns;
  // What kept the thread is no waiter itself, even if its begin was converted a little differently.
  const std::int64_t middle_ns = begin_ns + (end_ns - begin_ns) / 2;
  for (const auto& [ran_on, lane] : trace.lanes()) {
    if (!lane.has_runs()) continue;
    const slice_track& track = lane.depths[0];
    std::size_t in_a_row = 0;
    for (std::size_t index = track.first_ending_after(begin_ns);
         index < track.size() && left != 0 && in_a_row < enough; ++index, --left) {
      const slice& run = track[index];
      if (run.begin_ns >= end_ns) ++in_a_row;
      if (!run.has_delay() || (ran_on != thread && run.loop != loop)) continue;
      if (ran_on == thread && run.begin_ns < middle_ns) continue;
      if (run.ready_ns() >= end_ns && run.ready_ns() <= end_ns + soon_ns) {
        const auto cause = cause_of(trace, run, most_per_cause);
        if (cause && cause->created_ns < end_ns) returned_ns.push_back(run.ready_ns());
      }
      const std::int64_t since = std::max(run.ready_ns(), begin_ns);
      const std::int64_t until = std::min(run.begin_ns, end_ns);
      if (since >= until) continue;
      in_a_row = 0;
      const auto waited = static_cast<std::uint64_t>(until - since);
      waiting_share& share = shares[{run.loop, run.site}];
      share.loop = run.loop;
      share.site = run.site;
      if (share.runs == 0 || run.delay_ns > share.longest.what.delay_ns)
        share.longest = {ran_on, run};
      ++share.runs;
      share.waited_ns += waited;
      ++result.runs;
      result.waited_ns += waited;
      latest_ns = std::max(latest_ns, run.begin_ns);
    }
  }
  if (!returned_ns.empty()) {
    const std::int64_t first_ns = std::ranges::min(returned_ns);
    result.asked_after_ns = first_ns - end_ns;
    result.returned_after = static_cast<std::uint64_t>(std::ranges::count_if(
        returned_ns, [&](std::int64_t each) { return each - first_ns < one_moment_ns; }));
  }
  for (const auto& [key, share] : shares)
    result.shares.push_back(share);
  std::ranges::stable_sort(result.shares, std::ranges::greater{}, &waiting_share::waited_ns);
  result.is_whole = left != 0 && trace.holds(begin_ns, latest_ns);
  return result;
}

}  // namespace asioscope::model
