// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

namespace asioscope::core {

/// A mutex for primitives that several threads use, but hardly ever at the same moment: it takes
/// one atomic operation where `std::mutex` takes two and a call.
///
/// Who has to wait looks for about a microsecond, and then sleeps for 50 µs at a time: nobody tells
/// it when the other has finished. So a thread that was preempted while it held it, also one of
/// lower priority, gets to run. Where threads often meet, `std::mutex` is better: it wakes them.
class spin_mutex {
 public:
  spin_mutex() noexcept = default;
  spin_mutex(const spin_mutex&) = delete;
  spin_mutex& operator=(const spin_mutex&) = delete;

  void lock() noexcept {
    if (!try_lock()) wait();
  }
  bool try_lock() noexcept { return !held_.exchange(true, std::memory_order_acquire); }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  void wait() noexcept;

  /// Somebody has it. Released and acquired: what was written while one had it is seen by the next.
  std::atomic<bool> held_{false};
};

}  // namespace asioscope::core
