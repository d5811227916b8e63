// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <ctime>

namespace bench {

/// What a workload found. `value` is in the unit of its row: nanoseconds per operation, mostly.
struct outcome {
  double value = 0;
  std::uint64_t handlers = 0;  ///< the handlers that ran, counted by the workload itself
};

inline double cpu_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// CPU nanoseconds that `work` takes, per operation: of the calling thread, or of all threads. Not
/// wall time: what other programs do meanwhile is not the question.
template <class Work>
double time_of(long operations, Work work, clockid_t clock = CLOCK_THREAD_CPUTIME_ID) {
  const double begin = cpu_ns(clock);
  work();
  return (cpu_ns(clock) - begin) / static_cast<double>(operations);
}

}  // namespace bench
