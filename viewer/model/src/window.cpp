// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/window.hpp"

#include <utility>

namespace asioscope::model {
namespace {

// A peer that counts backwards must not turn into huge differences.
std::uint64_t difference(std::uint64_t now, std::uint64_t before) noexcept {
  return now > before ? now - before : 0;
}

template <class Steps>
void forget(Steps& steps, std::int64_t start_ns) {
  while (!steps.empty() && steps.front().end_ns <= start_ns)
    steps.pop_front();
}

}  // namespace

void histogram_window::rebase(const schema::histogram& current) {
  base_ = current;
  steps_.clear();
}

void histogram_window::tick(const schema::histogram& current, const horizon& when) {
  forget(steps_, when.window_ns);
  const schema::histogram growth = current.since(base_);
  step added{.end_ns = when.now_ns, .sum_ns = growth.sum_ns, .buckets = {}};
  for (std::size_t index = 0; index < schema::bucket_count; ++index) {
    const std::uint64_t count = growth.buckets[index];
    if (count != 0) added.buckets.push_back({count, static_cast<std::uint8_t>(index)});
  }
  static_assert(schema::bucket_count <= 256);
  if (added.buckets.empty()) return;
  added.buckets.shrink_to_fit();
  steps_.push_back(std::move(added));
  base_ = current;
}

schema::histogram histogram_window::since(std::int64_t start_ns,
                                          const schema::histogram& current) const {
  schema::histogram result = current.since(base_);
  for (const step& each : steps_) {
    if (each.end_ns <= start_ns) continue;
    result.sum_ns += each.sum_ns;
    for (const filled_bucket& bucket : each.buckets)
      result.buckets[bucket.index] += bucket.count;
  }
  return result;
}

void counter_window::tick(std::uint64_t current, const horizon& when) {
  forget(steps_, when.minute_ns);
  const std::uint64_t added = difference(current, base_);
  if (added != 0) steps_.push_back({when.now_ns, added});
  base_ = current;
}

std::uint64_t counter_window::since(std::int64_t start_ns, std::uint64_t current) const {
  std::uint64_t result = difference(current, base_);
  for (const step& each : steps_) {
    if (each.end_ns > start_ns) result += each.added;
  }
  return result;
}

}  // namespace asioscope::model
