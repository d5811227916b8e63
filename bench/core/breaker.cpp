// SPDX-License-Identifier: BSL-1.0
#include "loops.hpp"
#include "table.hpp"

#include "asioscope/core/circuit_breaker.hpp"
#include "asioscope/core/spin_mutex.hpp"

#include <chrono>
#include <cstdlib>

namespace bench {

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;
using namespace std::chrono_literals;

template <class Sync>
double admit_and_record(const circuit_breaker_options& options, long operations) {
  asio::io_context loop(1);
  basic_circuit_breaker<io_executor, Sync> breaker(loop, options);
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i) {
      auto call = breaker.try_acquire();
      if (!call) std::abort();
      call.success();
    }
  });
}

template <class Sync>
double of_calls(long operations) {
  return admit_and_record<Sync>({}, operations);
}

template <class Sync>
double of_time(long operations) {
  return admit_and_record<Sync>({.window_time = 10s}, operations);
}

template <class Sync>
double reject(long operations) {
  asio::io_context loop(1);
  basic_circuit_breaker<io_executor, Sync> breaker(
      loop, {.open_time = 1h, .initial = breaker_state::open});
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i)
      if (breaker.try_acquire()) std::abort();
  });
}

}  // namespace

std::vector<core_row> breaker_rows() {
  constexpr const char* locked =
      "a mutex, and the call's part in what may outlive the breaker: 4 atomic operations";
  constexpr limit reads = at_most(2, "clock read", 20);
  return {
      {"breaker admit + record, null_mutex", of_calls<null_mutex>, reads},
      {"breaker admit + record", of_calls<std::mutex>, reads, true, locked},
      {"breaker admit + record, spin_mutex", of_calls<spin_mutex>, reads},
      {"breaker admit + record, window of time, null_mutex", of_time<null_mutex>, reads},
      {"breaker admit + record, window of time", of_time<std::mutex>, reads, true, locked},
      {"breaker admit + record, window of time, spin_mutex", of_time<spin_mutex>, reads},
      {"breaker rejects, null_mutex", reject<null_mutex>, at_most(50)},
      {"breaker rejects", reject<std::mutex>, at_most(50)},
  };
}

}  // namespace bench
