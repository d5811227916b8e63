// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/loop.hpp"

#include "asioscope/model/text.hpp"

#include <algorithm>

namespace asioscope::model {
namespace {

double growth(std::uint64_t now, std::uint64_t before) noexcept {
  return now > before ? static_cast<double>(now - before) : 0.0;
}

// The upper edge of the highest bucket that grew.
double highest_growth_seconds(const schema::histogram& now, const schema::histogram& before) {
  for (std::size_t index = schema::bucket_count; index-- > 0;) {
    if (now.buckets[index] <= before.buckets[index]) continue;
    // The last bucket has no upper edge; its lower one is true at least.
    return schema::upper_bound_seconds(std::min(index, schema::bucket_count - 2));
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

loop::loop(std::uint32_t id) {
  info_.id = id;
  now_.loop = id;
}

void loop::describe(const schema::loop_info& info) {
  info_ = info;
  info_.name = clean_text(info.name, limits::name_bytes);
}

void loop::rebase(std::int64_t now_ns) {
  sampled_ = now_;
  sampled_handlers_ = handlers_;
  lag_.rebase(now_.lag);
  probes_.rebase(now_.lag, now_ns);
  arrivals_.rebase(now_.corrected_lag, now_ns);
}

void loop::tick(const horizon& when) {
  lag_.tick(now_.lag, when);
  probes_.tick(now_.lag, when.now_ns);
  arrivals_.tick(now_.corrected_lag, when.now_ns);
}

void loop::sample(std::int64_t from_ns, std::int64_t to_ns) {
  const auto span = static_cast<double>(to_ns - from_ns);
  // A thread that left or came within the sample had its share of it.
  const std::uint32_t threads = std::max({now_.threads, sampled_.threads, 1U});
  loop_sample next;
  next.at_ns = to_ns;
  next.span_ns = to_ns - from_ns;
  next.utilisation = std::min(1.0, growth(now_.busy_ns, sampled_.busy_ns) / (span * threads));
  next.handlers_per_second = growth(handlers_, sampled_handlers_) / span * 1e9;
  next.lag_seconds = highest_growth_seconds(now_.lag, sampled_.lag);
  next.pending = now_.pending;
  next.stalls = now_.stalls > sampled_.stalls ? now_.stalls - sampled_.stalls : 0;
  samples_.push(next);
  sampled_ = now_;
  sampled_handlers_ = handlers_;
}

std::optional<double> loop::utilisation_over(std::int64_t span_ns) const {
  if (samples_.empty()) return std::nullopt;
  const std::int64_t start = samples_.back().at_ns - span_ns;
  double busy = 0;
  double whole = 0;
  for (std::size_t index = samples_.size(); index-- > 0 && samples_[index].at_ns > start;) {
    const auto weight = static_cast<double>(samples_[index].span_ns);
    busy += samples_[index].utilisation * weight;
    whole += weight;
  }
  return whole > 0 ? std::optional(busy / whole) : std::nullopt;
}

std::uint64_t loop::stalls_over(std::int64_t span_ns) const {
  if (samples_.empty()) return 0;
  const std::int64_t start = samples_.back().at_ns - span_ns;
  std::uint64_t stalls = 0;
  for (std::size_t index = samples_.size(); index-- > 0 && samples_[index].at_ns > start;) {
    stalls += samples_[index].stalls;
  }
  return stalls;
}

}  // namespace asioscope::model
