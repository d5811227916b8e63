// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/lag_history.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace asioscope::model {
namespace {

// The bounds of four buckets make an octave; the first bucket and the last stand alone.
constexpr std::size_t octave_of(std::size_t bucket) {
  return (bucket + schema::buckets_per_octave - 1) / schema::buckets_per_octave;
}
static_assert(octave_of(0) == 0 && octave_of(1) == 1 && octave_of(4) == 1 && octave_of(5) == 2);
static_assert(octave_of(schema::bucket_count - 1) == lag_column::octaves - 1);

}  // namespace

std::uint64_t lag_column::count() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

double octave_end_seconds(std::size_t octave) noexcept {
  if (octave + 1 >= lag_column::octaves) return std::numeric_limits<double>::infinity();
  return schema::upper_bound_seconds(octave * schema::buckets_per_octave);
}

void lag_history::rebase(const schema::histogram& current, std::int64_t now_ns) {
  before_ = current;
  before_ns_ = now_ns;
}

void lag_history::tick(const schema::histogram& current, std::int64_t now_ns) {
  const schema::histogram added = current.since(before_);
  lag_column next;
  next.at_ns = now_ns;
  // A loop that came after the snapshot has no tick before its first.
  next.span_ns = before_ns_ == 0 ? limits::tick_ns : now_ns - before_ns_;
  for (std::size_t bucket = 0; bucket < schema::bucket_count; ++bucket) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t& into = next.counts.at(octave_of(bucket));
    into = static_cast<std::uint32_t>(std::min(added.buckets[bucket], most - into)) + into;
  }
  next.p50_seconds = added.quantile_seconds(0.5);
  next.p99_seconds = added.quantile_seconds(0.99);
  columns_.push(next);
  rebase(current, now_ns);
}

}  // namespace asioscope::model
