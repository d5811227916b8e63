// SPDX-License-Identifier: BSL-1.0
#include "fork.hpp"

#include "asioscope/recorder/recorder.hpp"

#include <pthread.h>

namespace asioscope {

constinit std::atomic<bool> session_exists{false};

namespace {
constinit std::atomic<unsigned> forks{0};
}

unsigned forks_so_far() noexcept { return forks.load(std::memory_order_relaxed); }

void prepare_for_fork() {
  // The recorder's handler comes first, at its first use: it gives its locks free.
  static_cast<void>(recorder::current_thresholds());
  static const int registered = pthread_atfork(nullptr, nullptr, [] {
    recorder::set_mode(recorder::mode::off);
    session_exists.store(false, std::memory_order_relaxed);
    forks.fetch_add(1, std::memory_order_relaxed);
  });
  static_cast<void>(registered);
}

}  // namespace asioscope
