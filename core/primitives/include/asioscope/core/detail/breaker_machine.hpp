// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/circuit_breaker_options.hpp"
#include "asioscope/core/detail/call_windows.hpp"
#include "asioscope/core/detail/random_source.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace asioscope::core::detail {

/// The states of a circuit breaker. It is told the time, and has no lock.
class breaker_machine {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  /// A call that was let through. The result of one of an earlier generation says nothing about
  /// the state that the breaker is in now.
  struct admission {
    std::uint64_t generation = 0;  ///< 0: not let through
    std::uint64_t lease = 0;       ///< of a call while half open
  };

  struct totals {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t slow = 0;
    std::uint64_t ignored = 0;
    std::uint64_t late = 0;  ///< of an earlier generation, or after the lease
    std::uint64_t rejected = 0;
    // How often it came into a state from another.
    std::uint64_t closed = 0;
    std::uint64_t opened = 0;
    std::uint64_t half_opened = 0;
  };

  /// \throws config_error
  breaker_machine(const circuit_breaker_options& options, nanoseconds now);

  admission admit(nanoseconds now);
  void record(admission call, verdict how, nanoseconds took, nanoseconds now);

  /// False: there is no way from here to there, and nothing has happened.
  bool go_to(breaker_state next, nanoseconds now);
  bool open_for(nanoseconds time, nanoseconds now);

  /// Closed, and as new.
  void reset(nanoseconds now);

  breaker_state state() const noexcept { return state_; }

  /// The generation that is let through whenever it comes; 0: each call has to ask.
  std::uint64_t free_pass() const noexcept;

  /// How long until it may be worth trying; the maximum: until somebody says so.
  nanoseconds retry_after(nanoseconds now) const noexcept;

  /// What is looked at. When it has opened: what made it open.
  call_counts counts(nanoseconds now) const;
  /// Less than 0: too few calls to say.
  double failure_rate(nanoseconds now) const;
  double slow_rate(nanoseconds now) const;
  const totals& all() const noexcept { return totals_; }

  bool has_transition() const noexcept { return transition_.has_value(); }
  /// What one of the above has changed, once.
  std::optional<breaker_transition> take_transition() noexcept;

 private:
  struct lease {
    std::uint64_t id;
    nanoseconds ends;
  };

  void count(bool failed, bool slow, nanoseconds now);
  void judge(nanoseconds now);
  void judge_probes(nanoseconds now);
  bool take_lease(std::uint64_t id) noexcept;
  void enter(breaker_state next, transition_cause cause, nanoseconds now);
  void open(transition_cause cause, nanoseconds now);
  void open_until(nanoseconds time, transition_cause cause, nanoseconds now);
  double rate(std::uint64_t part, nanoseconds now) const;
  std::uint64_t enough() const noexcept;

  circuit_breaker_options options_;
  random_source random_;
  std::variant<count_window, time_window> window_;
  call_counts probes_;
  std::vector<lease> leases_;
  std::uint64_t next_lease_ = 1;
  std::uint64_t generation_ = 1;
  std::uint64_t openings_ = 0;  ///< in a row
  nanoseconds opens_again_{};
  breaker_state state_;
  bool probes_count_ = false;  ///< and not the window
  std::optional<breaker_transition> transition_;
  totals totals_;
};

}  // namespace asioscope::core::detail
