// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/task_history.hpp"

#include "asioscope/model/tasks.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::model {
namespace {

// A stream can claim any number of names.
constexpr std::size_t most_scopes = 256;

// Or any moment: differences of two must not overflow.
std::int64_t sane(std::int64_t moment_ns) {
  constexpr std::int64_t latest_ns = std::int64_t{1} << 60;
  return std::clamp(moment_ns, -latest_ns, latest_ns);
}

// Later than what came before, as a track wants it: moments are off by a little.
void push_in_order(slice_track& track, slice added) {
  if (!track.empty() && added.end_ns() < track.back().end_ns())
    added.begin_ns += track.back().end_ns() - added.end_ns();
  track.push(added);
}

constexpr auto by_end = [](const auto& left, const auto& right) {
  return left.what.end_ns() < right.what.end_ns();
};

}  // namespace

void task_history_search::drawn::add(const slice& what, std::uint32_t thread) {
  slices.push_back({what, thread});
  if (slices.size() - in_order == 2 * task_history::most_drawn) drop_oldest_of(in_order);
}

void task_history_search::drawn::end_track() {
  const auto middle = slices.begin() + static_cast<std::ptrdiff_t>(in_order);
  std::inplace_merge(slices.begin(), middle, slices.end(), by_end);
  drop_oldest_of(0);
  in_order = slices.size();
}

void task_history_search::drawn::drop_oldest_of(std::size_t first) {
  if (slices.size() - first <= task_history::most_drawn) return;
  const auto begin = slices.begin() + static_cast<std::ptrdiff_t>(first);
  const auto kept = slices.end() - static_cast<std::ptrdiff_t>(task_history::most_drawn);
  from_ns = std::max(from_ns, std::prev(kept)->what.end_ns());
  slices.erase(begin, kept);
}

void task_history_search::begin(const trace_store& trace, const ring<untraced_stretch>& untraced,
                                const schema::task_info& task, std::int64_t now_ns) {
  *this = {};
  trace_ = std::make_unique<const trace_store>(trace);
  low_half_ = static_cast<std::uint32_t>(task.id);
  found_.task = task.id;
  if (trace_->events() == 0) return;
  const std::int64_t spawned_ns = sane(task.spawned_ns);
  const std::int64_t end_ns = sane(schema::is_live(task.state) ? now_ns : task.ended_ns);
  found_.begin_ns = std::max(spawned_ns, trace_->begin_ns());
  found_.end_ns = std::max(end_ns, found_.begin_ns);
  const auto lies_in_life = [&](std::int64_t from_ns, std::int64_t to_ns) {
    return to_ns > found_.begin_ns && from_ns < found_.end_ns;
  };
  for (std::size_t index = 0; index < untraced.size(); ++index) {
    const untraced_stretch& each = untraced[index];
    if (lies_in_life(each.begin_ns, each.end_ns)) found_.untraced.push_back(each);
  }
  for (const auto& [thread, lane] : trace_->lanes()) {
    const auto look_at = [&, which = thread](const slice_track& track) {
      const std::size_t first = track.first_ending_after(spawned_ns - lifetime_tolerance_ns - 1);
      const std::size_t last =
          schema::is_live(task.state)
              ? track.size()
              : track.first_ending_after(end_ns + lifetime_tolerance_ns, first);
      if (first < last) parts_.push_back({which, &track, first, last});
    };
    for (const slice_track& track : lane.depths)
      look_at(track);
    look_at(lane.across);
    for (std::size_t index = 0; index < lane.gaps.size(); ++index) {
      const schema::gap& gap = lane.gaps[index];
      if (lies_in_life(gap.from_ns, gap.to_ns)) found_.gaps.push_back(gap);
    }
  }
}

bool task_history_search::step(std::size_t most) {
  if (!is_going_on()) return true;
  ++steps_;
  if (place_ == parts_.size()) {
    finish();
    return true;
  }
  std::size_t left = most;
  while (place_ < parts_.size() && left > 0) {
    part& each = parts_[place_];
    const std::size_t last = std::min(each.last, each.next + left);
    left -= last - each.next;
    for (; each.next < last; ++each.next)
      if (const slice& one = (*each.track)[each.next]; one.task == low_half_)
        note(one, each.thread);
    if (each.next < each.last) break;
    ran_.end_track();
    waited_.end_track();
    ++place_;
  }
  // What was found is put together in a picture of its own, when it was long to find.
  if (place_ < parts_.size() || left == 0) return false;
  finish();
  return true;
}

void task_history_search::note(const slice& each, std::uint32_t thread) {
  switch (each.kind) {
    case schema::event_kind::run:
      // One that only queued the handler again did nothing of the task's.
      if ((each.flags & schema::run_flag_hop) == 0) note_run(each, thread);
      break;
    case schema::event_kind::span:
      note_scope(each);
      break;
    case schema::event_kind::wait:
      waited_.add(each, thread);
      break;
    case schema::event_kind::created:
    case schema::event_kind::unrun:
    case schema::event_kind::task_begin:
    case schema::event_kind::task_end:
    case schema::event_kind::occurrence:
      break;
  }
}

void task_history_search::note_run(const slice& run, std::uint32_t thread) {
  ++found_.runs;
  found_.run.record(run.duration_ns);
  found_.longest_ns = std::max(found_.longest_ns, run.duration_ns);
  if (run.has_delay()) {
    found_.delay.record(run.delay_ns);
    found_.longest_delay_ns = std::max(found_.longest_delay_ns, run.delay_ns);
  }
  ran_.add(run, thread);
}

void task_history_search::note_scope(const slice& scope) {
  const auto known = scopes_.find(scope.site);
  if (known == scopes_.end() && scopes_.size() == most_scopes) {
    ++found_.refused_scopes;
    return;
  }
  scope_share& share = scopes_[scope.site];
  share.site = scope.site;
  ++share.count;
  share.total_ns += scope.duration_ns;
  if (share.count == 1 || scope.duration_ns > share.longest.duration_ns) share.longest = scope;
}

void task_history_search::finish() {
  for (const drawn_slice& each : ran_.slices) {
    push_in_order(found_.ran, each.what);
    found_.threads.push_back(each.thread);
    if (!each.what.has_delay() || each.what.delay_ns == 0) continue;
    slice queued = each.what;
    queued.begin_ns = each.what.ready_ns();
    queued.duration_ns = each.what.delay_ns;
    push_in_order(found_.queued, queued);
  }
  for (const drawn_slice& each : waited_.slices)
    push_in_order(found_.waited, each.what);
  found_.drawn_from_ns = std::max({found_.begin_ns, ran_.from_ns, waited_.from_ns});
  for (const auto& [site, share] : scopes_)
    found_.scopes.push_back(share);
  std::ranges::stable_sort(found_.scopes, std::ranges::greater(), &scope_share::total_ns);
  trace_.reset();
}

task_moment moment_of(const task_history& history, std::int64_t moment_ns) {
  using what = task_moment::what;
  task_moment result;
  if (!history.is_known() || moment_ns < history.drawn_from_ns || moment_ns >= history.end_ns)
    return result;
  const auto is_in = [moment_ns](std::int64_t begin_ns, std::int64_t end_ns) {
    return begin_ns <= moment_ns && moment_ns < end_ns;
  };
  const auto found = [&](what kind, const slice& source) {
    result.kind = kind;
    result.begin_ns = source.begin_ns;
    result.end_ns = source.end_ns();
    result.source = source;
    return is_in(result.begin_ns, result.end_ns);
  };
  const std::size_t next = history.run_after(moment_ns);
  if (next < history.ran.size() && found(what::run, history.ran[next])) {
    result.thread = history.threads[next];
    return result;
  }
  const std::size_t queued = history.queued.first_ending_after(moment_ns);
  if (queued < history.queued.size() && found(what::queued, history.queued[queued])) return result;
  // Several may go on at a time, and a long one ends after many short ones: the first will do.
  constexpr std::size_t most_looked_at = 64;
  const std::size_t waited = history.waited.first_ending_after(moment_ns);
  for (std::size_t index = waited; index < std::min(history.waited.size(), waited + most_looked_at);
       ++index) {
    if (found(what::resource, history.waited[index])) return result;
  }
  result = {};
  if (history.waits_since_ns != 0 && moment_ns >= history.waits_since_ns)
    return {.kind = what::resource, .begin_ns = history.waits_since_ns, .end_ns = history.end_ns};
  for (const untraced_stretch& each : history.untraced) {
    if (is_in(each.begin_ns, each.end_ns))
      return {.kind = what::untraced, .begin_ns = each.begin_ns, .end_ns = each.end_ns};
  }
  for (const schema::gap& gap : history.gaps) {
    if (is_in(gap.from_ns, gap.to_ns)) {
      return {.kind = what::lost,
              .begin_ns = gap.from_ns,
              .end_ns = gap.to_ns,
              .thread = gap.thread,
              .lost = gap.count};
    }
  }
  result.kind = what::idle;
  result.begin_ns = next == 0 ? history.drawn_from_ns : history.ran[next - 1].end_ns();
  result.end_ns = history.end_ns;
  if (next < history.ran.size()) {
    const slice& run = history.ran[next];
    result.end_ns = run.has_delay() ? run.ready_ns() : run.begin_ns;
  }
  return result;
}

task_history task_history_search::take() { return std::exchange(found_, {}); }

}  // namespace asioscope::model
