// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/stall_detector.hpp"

#include <algorithm>

namespace asioscope::watchdog {
namespace {

std::uint64_t age_of(const observed_run& run, std::uint64_t now, const standstill& still) {
  return now > run.begin ? now - run.begin - still.within(run.begin, now) : 0;
}

}  // namespace

std::uint64_t stall_detector::blamed(const observed_run& run, std::uint64_t duration) const {
  const auto excused = grace_ > run.begin ? grace_ - run.begin : 0;
  return duration - std::min(duration, excused);
}

stall_detector::findings stall_detector::look(std::uint64_t now, std::uint64_t threshold,
                                              std::span<const observed_run> running,
                                              std::vector<ended_run>& slow,
                                              const standstill& still) {
  findings result;
  const auto finish = [&](std::map<std::uint32_t, entry>::iterator at, const ended_run& told = {}) {
    auto& value = at->second.value;
    value.duration = std::max(value.duration, told.duration);
    value.delay = told.delay;
    value.ongoing = false;
    ended_time_[value.run.loop] += value.duration;
    result.ended.push_back(value);
    return ongoing_.erase(at);
  };

  const auto has_ended = [&, known = slow](const observed_run& run) {
    return std::any_of(known.begin(), known.end(), [&](const ended_run& ended) {
      return ended.run.thread == run.thread && ended.run.begin == run.begin;
    });
  };

  // Runs that have ended and say how long they took.
  std::erase_if(slow, [&](const ended_run& ended) {
    const auto reported = ongoing_.find(ended.run.thread);
    if (reported != ongoing_.end() && reported->second.value.run.begin == ended.run.begin) {
      finish(reported, ended);
      return true;
    }
    if (blamed(ended.run, ended.duration) < threshold) return false;
    // Over before it was looked at: there is no stack, but it was a stall.
    ended_time_[ended.run.loop] += ended.duration;
    result.begun.push_back({ended.run, ended.duration, false, ended.delay});
    return true;
  });

  const auto is_running = [&](const observed_run& run) {
    return std::any_of(running.begin(), running.end(), [&](const observed_run& seen) {
      return seen.thread == run.thread && seen.sequence == run.sequence;
    });
  };
  for (auto at = ongoing_.begin(); at != ongoing_.end();) {
    auto& [value, over, samples, sampled_at] = at->second;
    if (is_running(value.run)) {
      value.duration = age_of(value.run, now, still);
      if (samples < most_samples && value.duration / 2 >= sampled_at) {
        ++samples;
        sampled_at = value.duration;
        result.again.push_back(value);
      }
      ++at;
    } else if (!over) {
      over = true;  // the thread may be just about to tell its duration
      ++at;
    } else {
      at = finish(at);  // it will not: what was seen is what is known
    }
  }

  for (const auto& run : running) {
    const auto age = age_of(run, now, still);
    if (blamed(run, age) < threshold || has_ended(run)) continue;
    auto known = ongoing_.find(run.thread);
    if (known != ongoing_.end()) {
      if (known->second.value.run.sequence == run.sequence) continue;
      finish(known);  // the thread is already in the next stall
    }
    const stall begun{run, age, true, 0};
    ongoing_.emplace(run.thread, entry{begun, false, 1, age});
    result.begun.push_back(begun);
  }
  return result;
}

std::uint64_t stall_detector::next_look(std::uint64_t now, std::uint64_t threshold,
                                        std::span<const observed_run> running) {
  auto next = now + threshold;
  for (const auto& run : running) {
    const auto due = run.begin + threshold;
    if (due > now) next = std::min(next, due);
  }
  return next;
}

std::map<std::uint32_t, stall_detector::stall_time> stall_detector::times() const {
  std::map<std::uint32_t, stall_time> result;
  for (const auto& [loop, ended] : ended_time_)
    result[loop].ended = ended;
  for (const auto& [thread, known] : ongoing_) {
    result[known.value.run.loop].ongoing += known.value.duration;
  }
  return result;
}

}  // namespace asioscope::watchdog
