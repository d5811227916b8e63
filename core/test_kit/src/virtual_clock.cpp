// SPDX-License-Identifier: BSL-1.0
#include "asioscope/test_kit/virtual_clock.hpp"

#include <atomic>
#include <limits>

namespace asioscope::test_kit {

namespace {

using rep = virtual_clock::rep;

// Not at 0: what takes 0 for "never" shall be found out.
constexpr rep beginning = std::chrono::nanoseconds(std::chrono::hours(1'000)).count();
constexpr rep nothing = std::numeric_limits<rep>::max();

constinit std::atomic<rep> current{beginning};
constinit std::atomic<rep> noted{nothing};

}  // namespace

virtual_clock::time_point virtual_clock::now() noexcept {
  return time_point(duration(current.load(std::memory_order_relaxed)));
}

void virtual_clock::advance(duration by) noexcept {
  current.fetch_add(by.count(), std::memory_order_relaxed);
}

void virtual_clock::reset() noexcept { current.store(beginning, std::memory_order_relaxed); }

namespace detail {

virtual_clock::duration note_wait(virtual_clock::duration remaining) noexcept {
  rep before = noted.load(std::memory_order_relaxed);
  while (remaining.count() < before && !noted.compare_exchange_weak(before, remaining.count())) {
  }
  return {};
}

std::optional<virtual_clock::duration> take_noted_wait() noexcept {
  const rep result = noted.exchange(nothing);
  if (result == nothing) return std::nullopt;
  return virtual_clock::duration(result);
}

}  // namespace detail

}  // namespace asioscope::test_kit
