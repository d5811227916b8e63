// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/hooks_check.hpp"

#include <atomic>
#include <mutex>

namespace asioscope::recorder {

namespace {
constinit std::atomic<hooks_check> registered{nullptr};
constinit std::mutex one_at_a_time;
}  // namespace

bool register_hooks_check(hooks_check check) noexcept {
  hooks_check none = nullptr;
  return registered.compare_exchange_strong(none, check, std::memory_order_relaxed);
}

bool hooks_in_effect() {
  const hooks_check check = registered.load(std::memory_order_relaxed);
  if (check == nullptr) return true;
  const std::lock_guard lock(one_at_a_time);
  return check();
}

}  // namespace asioscope::recorder
