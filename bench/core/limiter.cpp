// SPDX-License-Identifier: BSL-1.0
#include "loops.hpp"
#include "table.hpp"

#include "asioscope/core/keyed_rate_limiter.hpp"
#include "asioscope/core/rate_limiter.hpp"
#include "asioscope/core/spin_mutex.hpp"

#include <chrono>
#include <cstdlib>

namespace bench {

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;
using namespace std::chrono_literals;

constexpr rate_limiter_options plenty{.rate = 1'000'000'000'000, .period = 1s};
constexpr rate_limiter_options nothing{.rate = 1, .period = 24h * 365, .burst = 1};

template <class Sync>
double try_acquire(long operations) {
  asio::io_context loop(1);
  basic_rate_limiter<io_executor, Sync> limiter(loop, plenty);
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i)
      if (!limiter.try_acquire()) std::abort();
  });
}

template <class Sync>
double refuse(long operations) {
  asio::io_context loop(1);
  basic_rate_limiter<io_executor, Sync> limiter(loop, nothing);
  limiter.try_acquire();
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i)
      if (limiter.try_acquire()) std::abort();
  });
}

template <class Sync>
double keyed(long operations) {
  asio::io_context loop(1);
  basic_keyed_rate_limiter<long, io_executor, Sync> limiter(loop, plenty, 1000);
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i)
      if (!limiter.try_acquire(i % 1000)) std::abort();
  });
}

}  // namespace

std::vector<core_row> limiter_rows() {
  constexpr const char* locked = "a mutex: 2 atomic operations";
  constexpr limit read = at_most(1, "clock read", 15);
  return {
      {"limiter try_acquire, null_mutex", try_acquire<null_mutex>, read},
      {"limiter try_acquire", try_acquire<std::mutex>, read, true, locked},
      {"limiter try_acquire, spin_mutex", try_acquire<spin_mutex>, read},
      {"limiter try_acquire, refused, null_mutex", refuse<null_mutex>, read},
      {"limiter try_acquire, refused", refuse<std::mutex>, read, true, locked},
      {"limiter try_acquire, refused, spin_mutex", refuse<spin_mutex>, read},
      {"keyed limiter try_acquire, 1000 keys", keyed<std::mutex>},
  };
}

}  // namespace bench
