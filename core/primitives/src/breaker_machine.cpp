// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/breaker_machine.hpp"

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/delays.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::core {

std::string_view to_string(breaker_state state) noexcept {
  switch (state) {
    case breaker_state::closed:
      return "closed";
    case breaker_state::open:
      return "open";
    case breaker_state::half_open:
      return "half_open";
    case breaker_state::disabled:
      return "disabled";
    case breaker_state::metrics_only:
      return "metrics_only";
    case breaker_state::forced_open:
      return "forced_open";
  }
  return "unknown";
}

namespace detail {

namespace {

using nanoseconds = std::chrono::nanoseconds;

constexpr std::size_t largest_window = 1'000'000;

const circuit_breaker_options& checked(const circuit_breaker_options& options) {
  // Written so that NaN is refused, too.
  const auto is_part = [](double value) { return value > 0 && value <= 1; };
  require_config(is_part(options.failure_rate), "circuit_breaker.failure_rate",
                 "must be greater than 0 and at most 1");
  require_config(is_part(options.slow_rate), "circuit_breaker.slow_rate",
                 "must be greater than 0 and at most 1");
  require_config(options.slow_call.count() > 0, "circuit_breaker.slow_call",
                 "must be greater than 0");
  require_config(options.window_calls > 0 && options.window_calls <= largest_window,
                 "circuit_breaker.window_calls", "must be greater than 0 and at most 10^6");
  require_config(options.window_time.count() >= 0, "circuit_breaker.window_time",
                 "must not be negative");
  require_config(options.minimum_calls > 0, "circuit_breaker.minimum_calls",
                 "must be greater than 0");
  require_config(options.open_time.count() > 0, "circuit_breaker.open_time",
                 "must be greater than 0");
  require_config(options.open_factor >= 1 && options.open_factor <= 1e6,
                 "circuit_breaker.open_factor", "must be from 1 to 10^6");
  require_config(options.max_open_time >= options.open_time, "circuit_breaker.max_open_time",
                 "must not be less than open_time");
  require_config(options.open_spread >= 0 && options.open_spread < 1, "circuit_breaker.open_spread",
                 "must be from 0 to less than 1");
  require_config(options.half_open_calls > 0 && options.half_open_calls <= largest_window,
                 "circuit_breaker.half_open_calls", "must be greater than 0 and at most 10^6");
  require_config(options.half_open_lease.count() > 0, "circuit_breaker.half_open_lease",
                 "must be greater than 0");
  require_config(static_cast<bool>(options.judge), "circuit_breaker.judge", "must not be empty");
  return options;
}

std::variant<count_window, time_window> make_window(const circuit_breaker_options& options,
                                                    nanoseconds now) {
  if (options.window_time.count() > 0) return time_window(options.window_time, now);
  return count_window(options.window_calls);
}

nanoseconds later(nanoseconds now, nanoseconds time) noexcept {
  return time < nanoseconds::max() - std::max(now, nanoseconds::zero()) ? now + time
                                                                        : nanoseconds::max();
}

/// Divided, so that 7 of 100 are 0.07; no part is never enough, and nothing to divide.
bool is_at_least(std::uint64_t part, std::uint64_t all, double rate) noexcept {
  return part != 0 && static_cast<double>(part) / static_cast<double>(all) >= rate;
}

/// Half open is for what was open; what only measures is not to be opened by its measurements.
bool leads_to(breaker_state from, breaker_state to) noexcept {
  const bool by_itself = to == breaker_state::open || to == breaker_state::half_open;
  if (from == breaker_state::metrics_only) return !by_itself;
  return from != breaker_state::closed || to != breaker_state::half_open;
}

}  // namespace

breaker_machine::breaker_machine(const circuit_breaker_options& options, nanoseconds now)
    : options_(checked(options)),
      random_(options.seed),
      window_(make_window(options, now)),
      state_(breaker_state::closed) {
  leases_.reserve(options.half_open_calls);
  if (options.initial == breaker_state::open)
    open(transition_cause::told, now);
  else
    enter(options.initial, transition_cause::told, now);
  transition_.reset();
}

breaker_machine::admission breaker_machine::admit(nanoseconds now) {
  if (state_ == breaker_state::open && now >= opens_again_)
    enter(breaker_state::half_open, transition_cause::time, now);
  if (const std::uint64_t generation = free_pass(); generation != 0) return {generation, 0};
  if (state_ == breaker_state::half_open) {
    std::erase_if(leases_, [&](const lease& each) { return each.ends <= now; });
    if (probes_.calls + leases_.size() < options_.half_open_calls) {
      leases_.push_back({next_lease_, later(now, options_.half_open_lease)});
      return {generation_, next_lease_++};
    }
  }
  ++totals_.rejected;
  return {};
}

void breaker_machine::record(admission call, verdict how, nanoseconds took, nanoseconds now) {
  if (call.generation != generation_ || (call.lease != 0 && !take_lease(call.lease))) {
    ++totals_.late;
    return;
  }
  if (state_ == breaker_state::disabled) return;
  if (how == verdict::ignored) {
    ++totals_.ignored;
    return;
  }
  const bool failed = how == verdict::failure;
  const bool slow = took > options_.slow_call;
  ++(failed ? totals_.failed : totals_.succeeded);
  totals_.slow += slow;
  count(failed, slow, now);
  if (state_ == breaker_state::closed) judge(now);
  if (state_ == breaker_state::half_open) judge_probes(now);
}

bool breaker_machine::go_to(breaker_state next, nanoseconds now) {
  if (next == breaker_state::open) return open_for(options_.open_time, now);
  if (!leads_to(state_, next)) return false;
  if (next == breaker_state::closed) openings_ = 0;
  enter(next, transition_cause::told, now);
  return true;
}

bool breaker_machine::open_for(nanoseconds time, nanoseconds now) {
  if (!leads_to(state_, breaker_state::open)) return false;
  open_until(later(now, time), transition_cause::told, now);
  return true;
}

void breaker_machine::reset(nanoseconds now) {
  openings_ = 0;
  enter(breaker_state::closed, transition_cause::told, now);
}

std::uint64_t breaker_machine::free_pass() const noexcept {
  switch (state_) {
    case breaker_state::closed:
    case breaker_state::disabled:
    case breaker_state::metrics_only:
      return generation_;
    case breaker_state::open:
    case breaker_state::half_open:
    case breaker_state::forced_open:
      break;
  }
  return 0;
}

std::chrono::nanoseconds breaker_machine::retry_after(nanoseconds now) const noexcept {
  if (state_ == breaker_state::forced_open) return nanoseconds::max();
  if (state_ == breaker_state::open) return std::max(opens_again_ - now, nanoseconds::zero());
  if (state_ == breaker_state::half_open) {
    // Who does not get in now may when a lease has ended, if no result decides before.
    const bool room = probes_.calls + leases_.size() < options_.half_open_calls;
    if (room || leases_.empty()) return nanoseconds::zero();
    const auto first = std::min_element(leases_.begin(), leases_.end(),
                                        [](auto& a, auto& b) { return a.ends < b.ends; });
    return std::max(first->ends - now, nanoseconds::zero());
  }
  return nanoseconds::zero();
}

call_counts breaker_machine::counts(nanoseconds now) const {
  if (probes_count_) return probes_;
  if (const auto* const calls = std::get_if<count_window>(&window_)) return calls->counts();
  time_window recent = std::get<time_window>(window_);
  if (state_ != breaker_state::open) recent.advance(now);
  return recent.counts();
}

double breaker_machine::failure_rate(nanoseconds now) const {
  return rate(counts(now).failed, now);
}

double breaker_machine::slow_rate(nanoseconds now) const { return rate(counts(now).slow, now); }

std::optional<breaker_transition> breaker_machine::take_transition() noexcept {
  return std::exchange(transition_, std::nullopt);
}

void breaker_machine::count(bool failed, bool slow, nanoseconds now) {
  if (probes_count_)
    probes_.add(failed, slow);
  else if (auto* const calls = std::get_if<count_window>(&window_))
    calls->add(failed, slow);
  else
    std::get<time_window>(window_).add(failed, slow, now);
}

void breaker_machine::judge(nanoseconds now) {
  const call_counts& seen = std::holds_alternative<count_window>(window_)
                                ? std::get<count_window>(window_).counts()
                                : std::get<time_window>(window_).counts();
  if ((seen.failed == 0 && seen.slow == 0) || seen.calls < enough()) return;
  if (is_at_least(seen.failed, seen.calls, options_.failure_rate))
    open(transition_cause::failure_rate, now);
  else if (is_at_least(seen.slow, seen.calls, options_.slow_rate))
    open(transition_cause::slow_rate, now);
}

void breaker_machine::judge_probes(nanoseconds now) {
  if (probes_.calls < options_.half_open_calls) return;
  if (is_at_least(probes_.failed, probes_.calls, options_.failure_rate)) {
    open(transition_cause::failure_rate, now);
  } else if (is_at_least(probes_.slow, probes_.calls, options_.slow_rate)) {
    open(transition_cause::slow_rate, now);
  } else {
    openings_ = 0;
    enter(breaker_state::closed, transition_cause::probes, now);
  }
}

bool breaker_machine::take_lease(std::uint64_t id) noexcept {
  return std::erase_if(leases_, [&](const lease& each) { return each.id == id; }) != 0;
}

void breaker_machine::enter(breaker_state next, transition_cause cause, nanoseconds now) {
  const breaker_transition change{state_, next, cause, failure_rate(now), slow_rate(now), {}};
  if (state_ != next) {
    transition_ = change;
    if (next == breaker_state::closed) ++totals_.closed;
    if (next == breaker_state::half_open) ++totals_.half_opened;
  }
  state_ = next;
  ++generation_;
  leases_.clear();
  probes_count_ = next == breaker_state::half_open;
  probes_ = {};
  std::visit([](auto& window) { window.clear(); }, window_);
}

void breaker_machine::open(transition_cause cause, nanoseconds now) {
  const nanoseconds time = exponential_delay(options_.open_time, options_.open_factor, ++openings_,
                                             options_.max_open_time);
  open_until(later(now, spread_delay(time, options_.open_spread, random_.uniform(),
                                     options_.max_open_time)),
             cause, now);
}

/// What has been counted stays, to be looked at.
void breaker_machine::open_until(nanoseconds time, transition_cause cause, nanoseconds now) {
  if (state_ != breaker_state::open) {
    transition_ = {state_,         breaker_state::open, cause, failure_rate(now),
                   slow_rate(now), time - now};
    ++totals_.opened;
  }
  state_ = breaker_state::open;
  ++generation_;
  leases_.clear();
  opens_again_ = time;
}

double breaker_machine::rate(std::uint64_t part, nanoseconds now) const {
  const call_counts seen = counts(now);
  if (seen.calls < enough()) return -1;
  return static_cast<double>(part) / static_cast<double>(seen.calls);
}

std::uint64_t breaker_machine::enough() const noexcept {
  if (probes_count_) return options_.half_open_calls;
  return std::holds_alternative<count_window>(window_)
             ? std::min(options_.minimum_calls, options_.window_calls)
             : options_.minimum_calls;
}

}  // namespace detail

}  // namespace asioscope::core
