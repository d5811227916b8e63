// SPDX-License-Identifier: BSL-1.0
#include "registry.hpp"

#include <ctime>

namespace asioscope::recorder {

thread_figures figures_of_thread(const thread_state& t) {
  thread_figures sum;
  for (const auto& slot : t.loops) {
    const loop_cells* const cells = slot.load(std::memory_order_acquire);
    if (cells == nullptr) continue;
    sum.idle += cells->idle.get();
    sum.busy += cells->hop_busy.get();
    cells->handlers.for_each(
        [&](site_id, const handler_cells& handler) { sum.busy += handler.run.sum.get(); });
  }
  return sum;
}

std::uint64_t cpu_time_of(std::int32_t os_id) noexcept {
  // The clock of a thread by its number, as pthread_getcpuclockid makes it from a pthread_t.
  // Source: linux/posix-timers.h, CPUCLOCK_SCHED and CPUCLOCK_PERTHREAD_MASK.
  constexpr unsigned scheduled_time = 2;
  constexpr unsigned per_thread = 4;
  const auto clock =
      static_cast<clockid_t>(~static_cast<unsigned>(os_id) << 3U | per_thread | scheduled_time);
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace asioscope::recorder
