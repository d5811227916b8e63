// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/trace_store.hpp"

#include <algorithm>

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
  result.loop = event.loop;
  result.site = event.site;
  result.task = event.task;
  result.kind = event.kind;
  result.flags = event.flags;
  return result;
}

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
  lane& where = lanes_[batch.thread];
  for (const schema::event& event : batch.events)
    add(where, event);
  while (events_ > most_events_)
    forget_oldest();
}

void trace_store::fold(const schema::gap& gap) {
  if (const auto known = lanes_.find(gap.thread); known != lanes_.end()) {
    known->second.gaps.push(gap);
  } else if (lanes_.size() < limits::threads) {
    lanes_[gap.thread].gaps.push(gap);
  }
}

void trace_store::add(lane& where, const schema::event& event) {
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
      break;  // which run created an operation is not shown
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

void trace_store::forget_oldest() {
  slice_track* oldest = nullptr;
  const auto consider = [&](slice_track& track) {
    if (track.empty()) return;
    if (oldest == nullptr || track.front().end_ns() < oldest->front().end_ns()) oldest = &track;
  };
  for (auto& [thread, each] : lanes_) {
    for (slice_track& track : each.depths)
      consider(track);
    consider(each.across);
    consider(each.moments);
  }
  if (oldest == nullptr) return;
  const std::size_t last = std::min(oldest->size(), slice_track::chunk_size) - 1;
  begin_ns_ = std::max(begin_ns_, (*oldest)[last].end_ns());
  events_ -= oldest->drop_oldest();
}

}  // namespace asioscope::model
