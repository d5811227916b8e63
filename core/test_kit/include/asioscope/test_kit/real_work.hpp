// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

namespace asioscope::test_kit {

/// As long as one lives, something real is under way, a packet or a job of another thread: the
/// virtual clock waits for it, and does not jump to the next deadline. (When nothing at all happens
/// for as long as makes a loop count as stuck, it jumps nevertheless.)
///
/// Must not be held while the other side itself waits for virtual time.
/// Thread safety: any thread.
class real_work {
 public:
  real_work() noexcept { ++under_way_; }
  real_work(const real_work&) noexcept : real_work() {}
  real_work& operator=(const real_work&) noexcept = default;
  ~real_work() { --under_way_; }

  static bool any() noexcept { return under_way_ > 0; }

 private:
  /// How many. Relaxed would do: a loop looks again before it lets time pass.
  inline static std::atomic<int> under_way_{0};
};

}  // namespace asioscope::test_kit
