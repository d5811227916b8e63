// SPDX-License-Identifier: BSL-1.0
#include "slow_samples.hpp"

#include "locks.hpp"
#include "never_destroyed.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <mutex>
#include <string>

namespace asioscope::recorder {

namespace {

struct kept_sample {
  loop_id loop = 0;
  schema::slow_figure figure = schema::slow_figure::run;
  std::uint32_t bucket = 0;
  ticks duration = 0;
  ticks counted = 0;  // a moment
  site_id site = 0;
  task_id task = 0;
  std::string trace_id;
};

/// Behind shared::slow_samples. At most one of each loop, figure and bucket.
constinit never_destroyed<std::vector<kept_sample>> kept;

void keep(kept_sample&& value) {
  for (kept_sample& each : *kept) {
    if (each.loop != value.loop || each.figure != value.figure || each.bucket != value.bucket)
      continue;
    each = std::move(value);
    return;
  }
  kept->push_back(std::move(value));
}

bool is_slow(ticks duration) noexcept {
  return duration > detail::slow_threshold.load(std::memory_order_relaxed);
}

kept_sample sample_of(const note& about, schema::slow_figure figure, ticks duration) {
  return {about.loop, figure,        static_cast<std::uint32_t>(bucket_of(duration)),
          duration,   now_ticks(),   about.site,
          about.task, about.trace_id};
}

}  // namespace

void keep_slow_run(const note& about) noexcept {
  const std::unique_lock lock(lock_of(shared::slow_samples), std::try_to_lock);
  if (!lock) return;
  try {
    keep(sample_of(about, schema::slow_figure::run, about.duration));
    if (is_slow(about.delay)) keep(sample_of(about, schema::slow_figure::delay, about.delay));
  } catch (...) {  // no memory: the one before stays
  }
}

void keep_late(loop_id loop, schema::slow_figure figure, ticks late, ticks since) noexcept {
  if (!is_slow(late)) return;
  const std::unique_lock lock(lock_of(shared::slow_samples), std::try_to_lock);
  if (!lock) return;
  const kept_sample* culprit = nullptr;
  for (const kept_sample& each : *kept) {
    const bool was_it = each.loop == loop && each.figure == schema::slow_figure::run &&
                        each.counted > since && each.duration >= late / 2;
    if (was_it && (culprit == nullptr || each.duration > culprit->duration)) culprit = &each;
  }
  if (culprit == nullptr) return;
  try {
    kept_sample found = *culprit;
    found.figure = figure;
    found.bucket = static_cast<std::uint32_t>(bucket_of(late));
    found.duration = late;
    found.counted = now_ticks();
    keep(std::move(found));
  } catch (...) {  // no memory: the one before stays
  }
}

void keep_stall(const note& about) {
  const std::lock_guard lock(lock_of(shared::slow_samples));
  kept_sample value = sample_of(about, schema::slow_figure::stall, about.duration);
  value.bucket = 0;
  keep(std::move(value));
}

std::vector<schema::slow_sample> list_slow_samples(const tick_converter& convert) {
  std::vector<schema::slow_sample> result;
  const std::lock_guard lock(lock_of(shared::slow_samples));
  result.reserve(kept->size());
  for (const kept_sample& each : *kept)
    result.push_back({each.loop, each.figure, each.bucket, to_nanoseconds(each.duration),
                      convert(each.counted), each.site, each.task, each.trace_id});
  return result;
}

}  // namespace asioscope::recorder
