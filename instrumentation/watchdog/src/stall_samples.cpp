// SPDX-License-Identifier: BSL-1.0
#include "stall_samples.hpp"

#include "asioscope/watchdog/symboliser.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::watchdog {
namespace {

using frame = schema::stack_frame;

std::vector<const frame*> told_frames(std::span<const frame> stack) {
  std::vector<const frame*> told;
  for (const auto& each : stack) {
    if (!each.internal) told.push_back(&each);
  }
  if (!told.empty()) return told;
  for (const auto& each : stack)
    told.push_back(&each);
  return told;
}

}  // namespace

bool same_story(std::span<const frame> one, std::span<const frame> other) {
  const auto ours = told_frames(one);
  const auto theirs = told_frames(other);
  if (ours.size() != theirs.size()) return false;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const auto& a = *ours[i];
    const auto& b = *theirs[i];
    if (a.function != b.function || a.module != b.module) return false;
    if (a.function.empty() && a.address != b.address) return false;
    if (i != 0 && (a.line != b.line || a.file != b.file)) return false;
  }
  return true;
}

void stall_samples::add(const std::string& cause, std::vector<frame> stack) {
  ++samples_;
  if (!cause.empty()) {
    const auto known = std::find_if(causes_.begin(), causes_.end(),
                                    [&](const auto& each) { return each.cause == cause; });
    if (known == causes_.end())
      causes_.push_back({cause, 1});
    else
      ++known->count;
  }
  if (!stack.empty()) {
    const auto known = std::find_if(stacks_.begin(), stacks_.end(), [&](const auto& each) {
      return same_story(each.frames, stack);
    });
    if (known == stacks_.end())
      stacks_.push_back({std::move(stack), 1});
    else
      ++known->count;
  }
}

void stall_samples::fill(schema::report& report) const {
  report.samples = samples_;
  // Of two that were seen as often, the earlier one: a report does not change its mind for nothing.
  const auto cause =
      std::max_element(causes_.begin(), causes_.end(),
                       [](const auto& a, const auto& b) { return a.count < b.count; });
  report.cause = cause == causes_.end() ? std::string{} : cause->cause;
  report.other_stacks.clear();
  if (stacks_.empty()) return;
  report.stack = stacks_.front().frames;
  report.stack_count = stacks_.front().count;
  report.culprit = culprit_of(report.stack);
  report.other_stacks.assign(stacks_.begin() + 1, stacks_.end());
  std::stable_sort(report.other_stacks.begin(), report.other_stacks.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
}

}  // namespace asioscope::watchdog
