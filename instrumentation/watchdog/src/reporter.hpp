// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "cpu_samples.hpp"
#include "stall_samples.hpp"

#include "asioscope/recorder/annotations.hpp"
#include "asioscope/recorder/note.hpp"
#include "asioscope/watchdog/rate_limiter.hpp"
#include "asioscope/watchdog/stall_detector.hpp"
#include "asioscope/watchdog/watch.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::watchdog {

/// What a look at a thread in a stall gave.
struct stall_sample {
  schema::stall_cause cause = schema::stall_cause::unknown;
  std::string cause_text = {};                 ///< empty when unknown
  std::vector<std::uintptr_t> addresses = {};  ///< of the stack, innermost first
  std::string message = {};                    ///< why there is no stack, who holds the mutex
  recorder::annotations said = {};
};

/// Makes reports of what was found: publishes them in the recorder's log and delivers as many as
/// the limit allows. Belongs to the watchdog's thread.
class reporter {
 public:
  explicit reporter(const watch_options& options);

  void stall_begun(const stall& found, const stall_sample& sample);
  /// Only published: who was told of the stall is told again when it is over.
  void stall_sampled(const stall& found, const stall_sample& sample);
  void stall_ended(const stall& found);
  void note_taken(const recorder::note& note, const std::optional<cpu_bounds>& cpu);

 private:
  static constexpr std::size_t kinds = 3;

  /// Whether it was within the limit.
  bool deliver(const schema::report& value);

  std::function<void(const schema::report&, std::uint64_t)> deliver_;
  std::array<rate_limiter, kinds> limits_;
  struct open_report {
    schema::report value;
    stall_samples samples;
    bool delivered = false;
  };
  std::map<std::uint32_t, open_report> open_;  ///< stalls going on, by thread
};

}  // namespace asioscope::watchdog
