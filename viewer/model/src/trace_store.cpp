// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/trace_store.hpp"

#include <algorithm>
#include <limits>

namespace asioscope::model {
namespace {

constexpr std::size_t deepest = 32;

// A stream can claim any moment; sums of a few of them must not overflow.
constexpr std::int64_t latest_ns = std::int64_t{1} << 60;

// The clock of the program is refined while it runs: moments that were converted at different times
// may be apart by a little, in the wrong direction.
constexpr std::int64_t jitter_ns = 1'000'000;

slice slice_of(const schema::event& event) {
  const auto longest = static_cast<std::uint64_t>(latest_ns);
  slice result;
  result.begin_ns = std::clamp(event.time_ns, -latest_ns, latest_ns);
  result.duration_ns = std::min(event.duration_ns, longest);
  result.delay_ns = std::min(event.delay_ns, longest);
  result.loop = static_cast<std::uint16_t>(event.loop);
  result.site = event.site;
  result.task = event.task;
  result.operation = event.operation;
  result.kind = event.kind;
  result.flags = event.flags;
  return result;
}

// No program has as many: they are no more than limits::loops.
bool is_loop(std::uint32_t id) { return id <= std::numeric_limits<std::uint16_t>::max(); }

// Its middle counts: see jitter_ns.
bool encloses(const slice& outer, const slice& inner) {
  const std::int64_t middle = inner.begin_ns + static_cast<std::int64_t>(inner.duration_ns / 2);
  return middle >= outer.begin_ns && middle <= outer.end_ns();
}

}  // namespace

void trace_store::fold(const schema::event_batch& batch) {
  if (batch.events.empty()) return;
  const auto known = lanes_.find(batch.thread);
  if (known == lanes_.end() && lanes_.size() >= limits::threads) {
    refused_ += batch.events.size();
    return;
  }
  if (is_interrupted_) go_on(batch);
  lane& where = lanes_[batch.thread];
  for (const schema::event& event : batch.events)
    add(where, event);
  while (bytes() > most_events_ * sizeof(slice))
    forget_oldest();
}

void trace_store::interrupt() { is_interrupted_ = events_ != 0; }

// An event stands at its end: that at least is after whoever is told began to listen.
void trace_store::go_on(const schema::event_batch& batch) {
  std::int64_t first_ns = latest_ns;
  for (const schema::event& event : batch.events)
    first_ns = std::min(first_ns, slice_of(event).end_ns());
  interruptions_.push({end_ns_, first_ns});
  is_interrupted_ = false;
}

namespace {

// Of what is missing the latest stretches are kept, in their order.
template <class Stretch, class End>
bool misses(const ring<Stretch>& missing, End end_of, std::int64_t from_ns, std::int64_t to_ns) {
  if (missing.size() == missing.capacity() && from_ns < end_of(missing[0])) return true;
  for (std::size_t index = 0; index < missing.size(); ++index)
    if (end_of(missing[index]) > from_ns && missing[index].from_ns < to_ns) return true;
  return false;
}

// A gap ends at the begin of what came next. That stands at its end: what is missing may lie in it.
std::int64_t end_of_gap(const lane& where, const schema::gap& gap) {
  if (!where.has_runs()) return gap.to_ns;
  const slice_track& track = where.depths[0];
  const std::size_t next = track.first_ending_after(gap.to_ns);
  const bool goes_on = next < track.size() && track[next].begin_ns <= gap.to_ns;
  return goes_on ? track[next].end_ns() : gap.to_ns;
}

}  // namespace

bool trace_store::is_whole(std::int64_t from_ns, std::int64_t to_ns) const {
  const auto end_of = [](const interruption& each) { return each.to_ns; };
  if (is_interrupted_ && to_ns > end_ns_) return false;
  if (from_ns < forgotten_until_ns_ || misses(interruptions_, end_of, from_ns, to_ns)) return false;
  return std::ranges::none_of(lanes_, [&](const auto& each) {
    const lane& where = each.second;
    return misses(
        where.gaps, [&](const schema::gap& gap) { return end_of_gap(where, gap); }, from_ns, to_ns);
  });
}

void trace_store::fold(const schema::gap& gap) {
  if (const auto known = lanes_.find(gap.thread); known != lanes_.end()) {
    known->second.gaps.push(gap);
  } else if (lanes_.size() < limits::threads) {
    lanes_[gap.thread].gaps.push(gap);
  }
}

void trace_store::add(lane& where, const schema::event& event) {
  if (!is_loop(event.loop)) {
    ++refused_;
    return;
  }
  const slice added = slice_of(event);
  if (events_ == 0) begin_ns_ = added.begin_ns;
  switch (added.kind) {
    case schema::event_kind::run:
      add_nested(where, added);
      break;
    case schema::event_kind::span: {
      // One that began before the run did was open while its task was suspended.
      const bool crosses =
          added.task != 0 && where.has_runs() && added.begin_ns < where.depths[0].back().end_ns();
      if (crosses) {
        add_in_order(where.across, added);
      } else {
        add_nested(where, added);
      }
      break;
    }
    case schema::event_kind::wait:
      add_in_order(where.across, added);
      break;
    case schema::event_kind::created:
      add_creation(where.creations, {added.begin_ns, event.operation});
      break;
    case schema::event_kind::unrun:
    case schema::event_kind::task_begin:
    case schema::event_kind::task_end:
    case schema::event_kind::occurrence:
      add_in_order(where.moments, added);
      break;
  }
}

// Events come when they end, the inner before the outer: what the new one encloses moves down.
void trace_store::add_nested(lane& where, const slice& added) {
  std::vector<slice_track>& depths = where.depths;
  if (depths.empty()) depths.emplace_back();
  if (!depths[0].empty() && encloses(added, depths[0].back())) {
    // The deepest first, so that nothing is moved twice.
    for (std::size_t depth = depths.size(); depth-- > 0;) {
      std::vector<slice> inner;
      while (!depths[depth].empty() && encloses(added, depths[depth].back())) {
        inner.push_back(depths[depth].back());
        depths[depth].pop_back();
      }
      if (inner.empty()) continue;
      if (depth + 1 == deepest) {
        refused_ += inner.size();
        events_ -= inner.size();
        continue;
      }
      if (depth + 1 == depths.size()) depths.emplace_back();
      std::ranges::for_each(inner.rbegin(), inner.rend(),
                            [&](const slice& each) { depths[depth + 1].push(each); });
    }
  }
  add_in_order(depths[0], added);
}

void trace_store::add_in_order(slice_track& track, slice added) {
  if (!track.empty() && added.end_ns() < track.back().end_ns()) {
    const std::int64_t early_ns = track.back().end_ns() - added.end_ns();
    if (early_ns > jitter_ns) {
      ++refused_;
      return;
    }
    added.begin_ns += early_ns;
  }
  track.push(added);
  ++events_;
  end_ns_ = std::max(end_ns_, added.end_ns());
}

void trace_store::add_creation(creation_track& track, creation added) {
  if (added.operation == 0) {
    ++refused_;
    return;
  }
  if (!track.empty() && added.time_ns < track.back().time_ns) {
    if (track.back().time_ns - added.time_ns > jitter_ns) {
      ++refused_;
      return;
    }
    added.time_ns = track.back().time_ns;
  }
  track.push(added);
  ++events_;
  ++creations_;
  end_ns_ = std::max(end_ns_, added.time_ns);
}

void trace_store::forget_oldest() {
  slice_track* oldest = nullptr;
  creation_track* oldest_creations = nullptr;
  std::int64_t oldest_ns = std::numeric_limits<std::int64_t>::max();
  const auto consider = [&](slice_track& track) {
    if (track.empty() || track.front().end_ns() >= oldest_ns) return;
    oldest_ns = track.front().end_ns();
    oldest = &track;
  };
  for (auto& [thread, each] : lanes_) {
    for (slice_track& track : each.depths)
      consider(track);
    consider(each.across);
    consider(each.moments);
    if (each.creations.empty() || each.creations.front().time_ns >= oldest_ns) continue;
    oldest_ns = each.creations.front().time_ns;
    oldest = nullptr;
    oldest_creations = &each.creations;
  }
  std::int64_t until_ns = 0;
  if (oldest != nullptr) {
    until_ns = (*oldest)[std::min(oldest->size(), slice_track::chunk_size) - 1].end_ns();
    events_ -= oldest->drop_oldest();
  } else if (oldest_creations != nullptr) {
    const std::size_t last = std::min(oldest_creations->size(), creation_track::chunk_size) - 1;
    until_ns = (*oldest_creations)[last].time_ns;
    const std::size_t dropped = oldest_creations->drop_oldest();
    events_ -= dropped;
    creations_ -= dropped;
  } else {
    return;
  }
  begin_ns_ = std::max(begin_ns_, until_ns);
  forgotten_until_ns_ = std::max(forgotten_until_ns_, until_ns);
}

}  // namespace asioscope::model
