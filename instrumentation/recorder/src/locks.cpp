// SPDX-License-Identifier: BSL-1.0
#include "locks.hpp"

#include "registry.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace asioscope::recorder {

namespace {

constinit std::array<std::mutex, static_cast<std::size_t>(shared::count)> locks{};

void lock_all() {
  // Nor may their making be under way.
  initialise_clock();
  the_registry();
  std::for_each(locks.begin(), locks.end(), [](std::mutex& each) { each.lock(); });
}

void unlock_all() {
  std::for_each(locks.rbegin(), locks.rend(), [](std::mutex& each) { each.unlock(); });
}

}  // namespace

std::mutex& lock_of(shared what) noexcept {
  // At its first use: a session may be made before this unit is initialised.
  [[maybe_unused]] static const int registered =
      pthread_atfork(&lock_all, &unlock_all, &unlock_all);
  return locks[static_cast<std::size_t>(what)];
}

namespace {
// Before there are threads: one that is forking at the time would not call the handlers.
[[maybe_unused]] const std::mutex& registered_at_load = lock_of(shared::probes);
}  // namespace

}  // namespace asioscope::recorder
