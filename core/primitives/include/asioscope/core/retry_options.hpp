// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/failure.hpp"
#include "asioscope/core/retry_budget.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace asioscope::core {

/// How the delays grow: base, base, base…; base, 2·base, 3·base…; base, f·base, f²·base…
enum class backoff : std::uint8_t { constant, linear, exponential };

/// What chance makes of a delay. No delay is ever longer than `max_delay`.
enum class jitter : std::uint8_t {
  none,
  full,          ///< anything from 0 to it
  equal,         ///< anything from half of it to all of it
  decorrelated,  ///< anything from `base_delay` to three times the one before
  proportional,  ///< anything from so large a part less to so large a part more
};

/// What is to be done after an attempt.
class retry_decision {
 public:
  /// Again, after a delay as the policy has it, or not.
  constexpr retry_decision(bool again) noexcept : again_(again) {}  // NOLINT: reads as a bool
  /// Again, after just that: a Retry-After. May be longer than `max_delay`.
  constexpr retry_decision(std::chrono::nanoseconds delay) noexcept  // NOLINT
      : again_(true), delay_(delay) {}

  constexpr bool again() const noexcept { return again_; }
  constexpr std::optional<std::chrono::nanoseconds> delay() const noexcept { return delay_; }

 private:
  bool again_;
  std::optional<std::chrono::nanoseconds> delay_;
};

struct failed_attempt {
  std::size_t number;  ///< from 1
  /// Neither code nor exception: it returned a result that was not good.
  failure what;
  std::chrono::nanoseconds elapsed;  ///< since the first one began
};

/// All, but for what will not be better the next time: what was closed or never started, more than
/// there can ever be, and mistakes of the program (`std::logic_error`).
retry_decision worth_retrying(const failed_attempt& attempt) noexcept;

struct retry_options {
  /// All told, with the first one.
  std::size_t max_attempts = 3;
  std::chrono::nanoseconds base_delay = std::chrono::seconds(1);
  std::chrono::nanoseconds max_delay = std::chrono::seconds(60);
  backoff growth = backoff::exponential;
  double factor = 2;  ///< of exponential growth: at least 1
  jitter spread = jitter::full;
  double proportion = 0.25;  ///< of proportional jitter: from 0 to 1

  /// For everything. When there is not enough left for the next delay, there is no further attempt.
  std::chrono::nanoseconds total_time = std::chrono::nanoseconds::max();
  /// For one attempt, which is cancelled then, and has failed with `timed_out`.
  std::chrono::nanoseconds attempt_time = std::chrono::nanoseconds::max();

  /// Asked after each failed attempt but the last one; not about cancellations.
  std::function<retry_decision(const failed_attempt&)> decide = worth_retrying;
  /// Hears of each failed attempt that will be followed by another, and after how long.
  std::function<void(const failed_attempt&, std::chrono::nanoseconds delay)> on_retry = nullptr;
  /// Shared by all who call the same other side. Null: none.
  std::shared_ptr<retry_budget> budget = nullptr;
  /// For the jitter; nothing: another one each time.
  std::optional<std::uint64_t> seed = std::nullopt;
};

}  // namespace asioscope::core
