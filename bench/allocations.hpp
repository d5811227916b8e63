// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"

#include <cstdint>

namespace bench {

/// How often the calling thread has taken memory from the heap so far.
std::uint64_t allocations() noexcept;

/// What a workload takes from the heap per operation once it is warm: what twice the operations
/// take more than once.
template <class Workload>
outcome allocations_of(Workload workload, long operations) {
  std::uint64_t handlers = workload(operations).handlers;
  const auto counted = [&](long n) {
    const std::uint64_t before = allocations();
    handlers += workload(n).handlers;
    return static_cast<double>(allocations() - before);
  };
  const double once = counted(operations);
  const double twice = counted(2 * operations);
  return {(twice - once) / static_cast<double>(operations), handlers};
}

}  // namespace bench
