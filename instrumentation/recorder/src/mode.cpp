// SPDX-License-Identifier: BSL-1.0
#include "locks.hpp"
#include "registry.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <mutex>

namespace asioscope::recorder {

namespace detail {
constinit std::atomic<std::uint32_t> mode_word{static_cast<std::uint32_t>(mode::metrics)};
constinit std::atomic<ticks> slow_threshold{~ticks{0}};
constinit std::atomic<ticks> stall_threshold{~ticks{0}};
}  // namespace detail

namespace {

constinit mode wanted_mode = mode::metrics;
constinit int traces = 0;
constinit thresholds current;

void apply() {
  const mode m = wanted_mode == mode::metrics && traces > 0 ? mode::trace : wanted_mode;
  const std::uint32_t changes = (detail::mode_word.load(std::memory_order_relaxed) >> 2) + 1;
  detail::mode_word.store(changes << 2 | static_cast<std::uint32_t>(m), std::memory_order_relaxed);
}

}  // namespace

void set_mode(mode wanted) {
  if (wanted == mode::trace) for_each_thread([](thread_state& t) { offer_ring(t, true); });
  const std::lock_guard lock(lock_of(shared::mode));
  wanted_mode = wanted;
  apply();
}

mode current_mode() noexcept {
  return static_cast<mode>(detail::mode_word.load(std::memory_order_relaxed) & 3);
}

std::string_view to_string(mode value) noexcept {
  switch (value) {
    case mode::off:
      return "off";
    case mode::metrics:
      return "metrics";
    case mode::trace:
      return "trace";
  }
  return "";
}

trace_request::trace_request() {
  for_each_thread([](thread_state& t) { offer_ring(t, true); });
  const std::lock_guard lock(lock_of(shared::mode));
  ++traces;
  apply();
}

trace_request::~trace_request() {
  const std::lock_guard lock(lock_of(shared::mode));
  --traces;
  apply();
}

void set_thresholds(const thresholds& values) {
  initialise_clock();
  const std::lock_guard lock(lock_of(shared::mode));
  current = values;
  const auto in_ticks = [](std::chrono::nanoseconds value) {
    return to_ticks(static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0)));
  };
  detail::slow_threshold.store(in_ticks(values.slow), std::memory_order_relaxed);
  detail::stall_threshold.store(in_ticks(values.stall), std::memory_order_relaxed);
}

thresholds current_thresholds() noexcept {
  const std::lock_guard lock(lock_of(shared::mode));
  return current;
}

}  // namespace asioscope::recorder
