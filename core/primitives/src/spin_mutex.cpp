// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/spin_mutex.hpp"

#include <chrono>
#include <thread>

namespace asioscope::core {

namespace {

/// About a microsecond, in which a few instructions of another core are long over.
constexpr int looks = 50;
constexpr std::chrono::microseconds nap(50);

/// Leaves the core's other thread, and its power, to somebody else for a moment.
void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void spin_mutex::wait() noexcept {
  for (;;) {
    for (int look = 0; look < looks; ++look) {
      if (!held_.load(std::memory_order_relaxed) && try_lock()) return;
      relax();
    }
    std::this_thread::sleep_for(nap);
  }
}

}  // namespace asioscope::core
