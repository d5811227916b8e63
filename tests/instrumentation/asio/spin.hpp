// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>

/// Keeps the processor busy: what a handler is to be charged with.
inline void spin(std::chrono::nanoseconds span) {
  const auto end = std::chrono::steady_clock::now() + span;
  while (std::chrono::steady_clock::now() < end)
    continue;
}

/// Wall time since its construction.
struct stopwatch {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  [[nodiscard]] std::uint64_t ns() const {
    return static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start).count());
  }
};
