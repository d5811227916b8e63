// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/failure.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace asioscope::core {

enum class breaker_state : std::uint8_t {
  closed,        ///< all calls go through, and are counted
  open,          ///< none does, for a time
  half_open,     ///< a few do, to see whether it is better
  disabled,      ///< all do, and nothing is counted
  metrics_only,  ///< all do, and are counted, and it never opens
  forced_open,   ///< none does, until somebody says otherwise
};

/// "half_open".
std::string_view to_string(breaker_state state) noexcept;

enum class transition_cause : std::uint8_t {
  failure_rate,  ///< too many have failed
  slow_rate,     ///< too many were slow
  time,          ///< it was open for long enough
  probes,        ///< what went through while half open was good enough
  told,          ///< somebody said so
};

struct breaker_transition {
  breaker_state from;
  breaker_state to;
  transition_cause cause;
  /// Of the calls that were counted before it, from 0 to 1; less than 0: too few to say.
  double failure_rate;
  double slow_rate;
  /// For how long it opened.
  std::chrono::nanoseconds open_for;
};

struct circuit_breaker_options {
  /// It opens when at least that part of the calls failed, or was slow. From more than 0 to 1.
  double failure_rate = 0.5;
  double slow_rate = 1;
  /// What takes longer is slow.
  std::chrono::nanoseconds slow_call = std::chrono::seconds(60);

  /// What is looked at: the last so many calls…
  std::size_t window_calls = 100;
  /// …or, unless 0, those of the last so long, to a twentieth of it.
  std::chrono::nanoseconds window_time{0};
  /// With fewer it does not open. Of a window of calls, no more than the window has.
  std::size_t minimum_calls = 100;

  /// How long it stays open: each time in a row longer by the factor, up to the maximum, and spread
  /// over so large a part of that to both sides, so that not all come back at the same moment.
  std::chrono::nanoseconds open_time = std::chrono::seconds(60);
  double open_factor = 1;
  std::chrono::nanoseconds max_open_time = std::chrono::hours(1);
  double open_spread = 0;

  /// How many calls decide while it is half open, and how long such a call may take before another
  /// may go in its place; then its result is not counted any more.
  std::size_t half_open_calls = 10;
  std::chrono::nanoseconds half_open_lease = std::chrono::seconds(60);

  breaker_state initial = breaker_state::closed;
  /// Of a call that was let through and went away without saying how it was.
  verdict abandoned = verdict::ignored;
  /// What a failed call says about the other side. Throws: failure.
  std::function<verdict(const failure&)> judge = judge_failure;
  /// Without any lock, one after the other, in order. What it throws is not heard.
  std::function<void(const breaker_transition&)> on_transition = nullptr;
  /// For the spread; nothing: another one each time.
  std::optional<std::uint64_t> seed = std::nullopt;
};

}  // namespace asioscope::core
