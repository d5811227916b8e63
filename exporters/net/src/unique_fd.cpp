// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/unique_fd.hpp"

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>

namespace asioscope::net {

namespace {

// A slot holds a descriptor plus one, or 0 when free. Relaxed: a slot publishes nothing but itself,
// and the child that closes them all has one thread only.
constinit std::array<std::atomic<int>, 256> open_descriptors{};

// Written in a child before it has a second thread.
constinit std::atomic<unsigned> forks{0};

void start_clean_in_child() {
  forks.fetch_add(1, std::memory_order_relaxed);
  for (std::atomic<int>& slot : open_descriptors) {
    const int kept = slot.exchange(0, std::memory_order_relaxed);
    if (kept != 0) ::close(kept - 1);
  }
}

void replace_in_table(int from, int to) noexcept {
  for (std::atomic<int>& slot : open_descriptors) {
    int expected = from;
    if (slot.compare_exchange_strong(expected, to, std::memory_order_relaxed)) return;
  }
}

}  // namespace

unsigned forks_so_far() noexcept {
  [[maybe_unused]] static const int registered =
      ::pthread_atfork(nullptr, nullptr, &start_clean_in_child);
  return forks.load(std::memory_order_relaxed);
}

unique_fd::unique_fd(int fd) noexcept : fd_(fd), forks_(forks_so_far()) {
  if (fd >= 0) replace_in_table(0, fd + 1);
}

void unique_fd::reset() noexcept {
  const int fd = std::exchange(fd_, -1);
  // After a fork the number may by now belong to something else.
  if (fd < 0 || forks_ != forks_so_far()) return;
  replace_in_table(fd + 1, 0);
  ::close(fd);
}

}  // namespace asioscope::net
