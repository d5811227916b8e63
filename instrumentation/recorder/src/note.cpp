// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/note.hpp"

#include "locks.hpp"
#include "never_destroyed.hpp"
#include "note.hpp"

#include <atomic>
#include <mutex>

namespace asioscope::recorder {

namespace {

constexpr std::size_t box_capacity = 1024;

constinit never_destroyed<std::vector<note>> box;
constinit std::atomic<std::uint64_t> suppressed{0};

}  // namespace

void leave_note(note&& value) noexcept {
  const std::unique_lock lock(lock_of(shared::notes), std::try_to_lock);
  if (!lock || box->size() >= box_capacity) {
    count_suppressed(1);
    return;
  }
  try {
    box->push_back(std::move(value));
  } catch (...) {  // no memory: as if the box were full
    count_suppressed(1);
  }
}

std::vector<note> take_notes() {
  std::vector<note> taken;
  const std::lock_guard lock(lock_of(shared::notes));
  taken.swap(*box);
  return taken;
}

void count_suppressed(std::uint64_t n) noexcept {
  suppressed.fetch_add(n, std::memory_order_relaxed);
}

std::uint64_t suppressed_so_far() noexcept { return suppressed.load(std::memory_order_relaxed); }

}  // namespace asioscope::recorder
