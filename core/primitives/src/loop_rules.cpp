// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/loop_rules.hpp"

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/loop_threads.hpp"

#include <algorithm>
#include <csignal>
#include <limits>
#include <set>
#include <utility>

namespace asioscope::core::detail {

namespace {

using std::chrono::nanoseconds;

/// A signal that nobody can handle, or that is none.
bool can_be_handled(int signal) {
  return signal > 0 && signal < 65 && signal != SIGKILL && signal != SIGSTOP;
}

void check_cpus(const std::vector<unsigned>& cpus) {
  if (cpus.empty()) return;
  const std::vector<unsigned> allowed = allowed_cpus();
  require_config(!allowed.empty(), "event_loop.cpus", "cannot be chosen on this system");
  for (const unsigned each : cpus)
    require_config(std::find(allowed.begin(), allowed.end(), each) != allowed.end(),
                   "event_loop.cpus",
                   "must be CPUs that this process may use: " + std::to_string(each) + " is none");
}

nanoseconds deadline_after(nanoseconds moment, nanoseconds by) {
  return by > nanoseconds::max() - moment ? nanoseconds::max() : moment + by;
}

}  // namespace

event_loop_options checked(event_loop_options options) {
  constexpr std::size_t most_threads = 1'024;
  require_config(options.threads <= most_threads, "event_loop.threads", "must be 1024 at most");
  require_config(options.slow_after.count() > 0, "event_loop.slow_after", "must be greater than 0");
  require_config(options.stuck_after.count() >= 0, "event_loop.stuck_after",
                 "must not be negative");
  require_config(options.drain_for.count() >= 0, "event_loop.drain_for", "must not be negative");
  require_config(options.shutdown_within.count() >= 0, "event_loop.shutdown_within",
                 "must not be negative");
  require_config(options.drain_for <= options.shutdown_within, "event_loop.drain_for",
                 "must not be greater than shutdown_within");
  require_config(options.reports_per_minute > 0, "event_loop.reports_per_minute",
                 "must be greater than 0");
  for (const int each : options.signals)
    require_config(can_be_handled(each), "event_loop.signals",
                   "must be signals that can be handled: " + std::to_string(each) + " is none");
  require_config(
      std::set(options.signals.begin(), options.signals.end()).size() == options.signals.size(),
      "event_loop.signals", "must be different ones");
  check_cpus(options.cpus);
  if (options.threads == 0) options.threads = std::max<std::size_t>(1, usable_cpus());
  return options;
}

int concurrency_hint(const event_loop_options& options) noexcept {
  return static_cast<int>(options.threads);
}

std::string thread_name(std::string_view loop, std::size_t number) {
  constexpr std::size_t longest = 15;
  const std::string end = "-" + std::to_string(number);
  return std::string(loop.substr(0, longest - end.size())) + end;
}

std::optional<std::uint64_t> report_limit::admit(nanoseconds now) noexcept {
  if (!minute_began_.has_value() || now - *minute_began_ >= std::chrono::minutes(1)) {
    minute_began_ = now;
    reported_ = 0;
  }
  if (reported_ == most_) {
    ++suppressed_;
    return std::nullopt;
  }
  ++reported_;
  return std::exchange(suppressed_, 0);
}

bool stuck_rule::is_due(std::uint64_t run, nanoseconds began, nanoseconds now) noexcept {
  if (after_.count() == 0) return false;
  if (run != std::exchange(run_, run)) next_ = after_;
  const nanoseconds time = now - began;
  if (time < next_) return false;
  while (next_ <= time && next_ < nanoseconds::max() / 2)
    next_ *= 2;
  return true;
}

shutdown_plan::step shutdown_plan::request(nanoseconds now, nanoseconds within) noexcept {
  const nanoseconds stop_at = deadline_after(now, within);
  if (std::exchange(begun_, true)) {
    stop_at_ = std::min(stop_at_, stop_at);
    return step::none;
  }
  cancel_at_ = deadline_after(now, drain_for_);
  stop_at_ = stop_at;
  return step::begin;
}

shutdown_plan::step shutdown_plan::signal(nanoseconds now, nanoseconds within) noexcept {
  if (!std::exchange(signalled_, true) && !begun_) return request(now, within);
  if (std::exchange(stopped_, true)) return step::none;
  forced_ = true;
  return step::stop;
}

shutdown_plan::step shutdown_plan::at(nanoseconds now) noexcept {
  if (!begun_ || stopped_) return step::none;
  if (now >= stop_at_) {
    stopped_ = true;
    return step::stop;
  }
  if (!cancelled_ && now >= cancel_at_) {
    cancelled_ = true;
    return step::cancel;
  }
  return step::none;
}

std::optional<nanoseconds> shutdown_plan::next() const noexcept {
  if (!begun_ || stopped_) return std::nullopt;
  return cancelled_ ? stop_at_ : std::min(cancel_at_, stop_at_);
}

}  // namespace asioscope::core::detail
