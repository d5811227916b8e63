// SPDX-License-Identifier: BSL-1.0
#include "cpu_samples.hpp"

#include <algorithm>

namespace asioscope::watchdog {

void cpu_samples::looked(std::uint32_t thread, std::uint64_t run, std::uint64_t at,
                         std::uint64_t cpu) {
  samples& known = threads_[thread];
  known.fresh = true;
  // The first sample of a run is as good for the next run as later ones, nearly; the one before it
  // is what this run will need.
  if (known.newer && run != 0 && known.newer->run == run) return;
  add(known, {at, cpu, run});
}

std::optional<cpu_bounds> cpu_samples::ended(std::uint32_t thread, std::uint64_t begin,
                                             std::uint64_t end, std::uint64_t cpu) {
  samples& known = threads_[thread];
  std::optional<sample> before;
  for (const auto& each : {known.older, known.newer})
    if (each && each->at <= begin && each->cpu <= cpu) before = each;
  if (!known.newer || known.newer->at < end) add(known, {end, cpu, 0});
  if (!before || end < begin) return std::nullopt;
  const std::uint64_t spent = cpu - before->cpu;
  const std::uint64_t earlier = begin - before->at;
  return cpu_bounds{std::min(spent - std::min(spent, earlier), end - begin),
                    std::min(spent, end - begin)};
}

void cpu_samples::forget_gone() {
  std::erase_if(threads_, [](const auto& each) { return !each.second.fresh; });
  for (auto& [thread, known] : threads_)
    known.fresh = false;
}

void cpu_samples::add(samples& to, const sample& value) {
  // Outside of runs a later one serves all that an earlier one did.
  if (to.newer && (to.newer->run != 0 || value.run != 0)) to.older = to.newer;
  to.newer = value;
}

}  // namespace asioscope::watchdog
