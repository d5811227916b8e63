// SPDX-License-Identifier: BSL-1.0
#include "liveness.hpp"

#include "asioscope/recorder/run_reading.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::metrics {

namespace {

using std::chrono::nanoseconds;

const schema::loop_statistics* statistics_of(const schema::snapshot& now, std::uint32_t loop) {
  const auto found = std::ranges::find(now.loop_stats, loop, &schema::loop_statistics::loop);
  return found == now.loop_stats.end() ? nullptr : &*found;
}

bool has_run(const schema::loop_statistics& loop) {
  return loop.threads > 0 || loop.last_progress_ns != 0;
}

/// The one with the youngest of the runs going on; null when a thread of the loop is not in any.
const thread_now* with_youngest_run(std::span<const thread_now> threads, std::uint32_t loop) {
  const thread_now* result = nullptr;
  for (const thread_now& each : threads) {
    if (each.loop != loop) continue;
    if (!each.in_run) return nullptr;
    if (result == nullptr || *each.in_run < *result->in_run) result = &each;
  }
  return result;
}

}  // namespace

std::vector<thread_now> list_threads_now() {
  std::vector<thread_now> result;
  recorder::for_each_thread([&](const recorder::thread_state& each) {
    if (each.run.sequence.load(std::memory_order_relaxed) == 0) return;
    thread_now& added = result.emplace_back();
    added.loop = each.run.loop.load(std::memory_order_relaxed);
    const std::optional<recorder::run_reading> run = recorder::read_run(each.run);
    if (!run) return;
    const recorder::ticks now = recorder::now_ticks();
    added.loop = run->loop;
    added.site = run->site;
    added.in_run = nanoseconds(now > run->begin ? recorder::to_nanoseconds(now - run->begin) : 0);
    added.run = run->begin;
  });
  return result;
}

std::vector<stuck_loop> find_stuck(const schema::snapshot& now, std::span<const thread_now> threads,
                                   nanoseconds limit) {
  std::vector<stuck_loop> result;
  for (const schema::loop_info& each : now.loops) {
    const schema::loop_statistics* const known = statistics_of(now, each.id);
    const thread_now* const latest = with_youngest_run(threads, each.id);
    if (each.gone || known == nullptr || latest == nullptr || *latest->in_run < limit) continue;
    // Other threads of it that are between two runs, or wait, show here.
    const nanoseconds quiet(now.time.monotonic_ns - known->last_progress_ns);
    if (known->last_progress_ns == 0 || quiet >= limit) {
      result.push_back({each.name, *latest->in_run, latest->run});
    }
  }
  return result;
}

std::vector<stuck_loop> second_look::confirm(const std::vector<stuck_loop>& found,
                                             nanoseconds now) {
  std::vector<stuck_loop> result;
  std::vector<suspect> suspects;
  for (const stuck_loop& each : found) {
    const auto known = std::ranges::find_if(suspects_, [&](const suspect& before) {
      return before.loop == each.name && before.run == each.run;
    });
    const nanoseconds first_seen = known == suspects_.end() ? now : known->first_seen;
    if (now - first_seen >= least_apart) result.push_back(each);
    suspects.push_back({each.name, each.run, first_seen});
  }
  suspects_ = std::move(suspects);
  return result;
}

bool has_running_loop(const schema::snapshot& now) {
  return std::ranges::any_of(now.loops, [&](const schema::loop_info& each) {
    const schema::loop_statistics* const known = statistics_of(now, each.id);
    return !each.gone && known != nullptr && has_run(*known);
  });
}

}  // namespace asioscope::metrics
