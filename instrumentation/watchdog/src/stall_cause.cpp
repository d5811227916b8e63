// SPDX-License-Identifier: BSL-1.0
#include "stall_cause.hpp"

#include <algorithm>

namespace asioscope::watchdog {
namespace {

/// Time ready to run without a processor. The kernel books it when the thread gets one, which for
/// one that still waits is too late: that one's share is what is left over, if it never slept.
std::uint64_t time_descheduled(const thread_evidence& seen) {
  const auto booked = seen.run_delay_ns.value_or(0);
  const bool never_slept = seen.state_before == 'R' && seen.state == 'R' && seen.sleeps == 0;
  if (!never_slept || !seen.cpu_ns) return booked;
  return std::max(booked, seen.wall_ns - std::min(seen.wall_ns, *seen.cpu_ns));
}

std::optional<std::uint64_t> difference(std::optional<std::uint64_t> before,
                                        std::optional<std::uint64_t> after) {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

}  // namespace

stall_cause cause_of(const thread_evidence& seen) {
  if (seen.state == 'T' || seen.state == 't') return stall_cause::stopped;
  const auto half = seen.wall_ns / 2 + 1;
  const auto waited = time_descheduled(seen);
  // What it did most of the time counts for more than what it does at the last moment.
  if (seen.cpu_ns >= half) return stall_cause::on_cpu;
  if (waited >= half) return stall_cause::descheduled;
  if (seen.system_call >= 0) return seen.mutex ? stall_cause::mutex : stall_cause::system_call;
  if (seen.state == 'R') {
    if (!seen.cpu_ns || seen.wall_ns == 0) return stall_cause::unknown;
    return *seen.cpu_ns > waited ? stall_cause::on_cpu : stall_cause::descheduled;
  }
  return seen.state == 'S' || seen.state == 'D' ? stall_cause::kernel : stall_cause::unknown;
}

thread_evidence evidence_between(const thread_reading& before, const thread_reading& after) {
  thread_evidence seen;
  seen.state_before = before.state;
  seen.state = after.state;
  if (after.doing.kind == activity::system_call) seen.system_call = after.doing.number;
  seen.mutex = after.mutex_owner != 0;
  seen.wall_ns =
      static_cast<std::uint64_t>(std::max<std::int64_t>(after.time_ns - before.time_ns, 0));
  seen.cpu_ns = difference(before.cpu_ns, after.cpu_ns);
  seen.run_delay_ns = difference(before.run_delay_ns, after.run_delay_ns);
  seen.sleeps = difference(before.sleeps, after.sleeps);
  return seen;
}

std::string text_of(stall_cause cause, long system_call) {
  switch (cause) {
    case stall_cause::unknown:
      break;
    case stall_cause::on_cpu:
      return "on CPU";
    case stall_cause::system_call:
      return "in system call " + system_call_name(system_call);
    case stall_cause::mutex:
      return "waiting for a mutex";
    case stall_cause::descheduled:
      return "descheduled";
    case stall_cause::kernel:
      return "waiting in the kernel";
    case stall_cause::stopped:
      return "stopped";
  }
  return {};
}

}  // namespace asioscope::watchdog
