// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/semaphore.hpp"

#include "loops.hpp"
#include "table.hpp"

#include "asioscope/core/mutex.hpp"
#include "asioscope/core/spin_mutex.hpp"

#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

namespace bench {

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;

template <class Sync>
double try_acquire(long operations) {
  asio::io_context loop(1);
  basic_semaphore<io_executor, Sync> one(loop, 1);
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i) {
      const auto permit = one.try_acquire();
      if (!permit) std::abort();
    }
  });
}

template <class Sync>
double try_lock(long operations) {
  asio::io_context loop(1);
  basic_mutex<io_executor, Sync> one(loop);
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i) {
      const auto lock = one.try_lock();
      if (!lock) std::abort();
    }
  });
}

template <class Executor, class Sync>
double acquire(long operations) {
  using semaphore = basic_semaphore<Executor, Sync>;
  asio::io_context loop(1);
  semaphore enough(loop.get_executor(), static_cast<std::size_t>(operations));
  std::vector<typename semaphore::permit> held(static_cast<std::size_t>(operations));
  auto place = held.begin();
  return chain(loop, operations, [&](const auto& next) {
    enough.async_acquire([&](error_code, auto permit) {
      *place++ = std::move(permit);
      next();
    });
  });
}

template <class Executor, class Sync>
double acquire_and_release(long operations) {
  asio::io_context loop(1);
  basic_semaphore<Executor, Sync> one(loop.get_executor(), 1);
  return chain(loop, operations, [&](const auto& next) {
    one.async_acquire([&next](error_code, auto permit) {
      permit.release();
      next();
    });
  });
}

template <class Executor, class Sync>
double hand_on(long operations) {
  asio::io_context loop(1);
  basic_semaphore<Executor, Sync> one(loop.get_executor(), 1);
  return contended(loop, operations, [&](const auto& again) {
    one.async_acquire([&again](error_code, auto permit) {
      again();           // queues behind the others
      permit.release();  // to the first of them
    });
  });
}

}  // namespace

std::vector<core_row> semaphore_rows() {
  constexpr limit post = at_most(1.3, "bare post");
  constexpr limit any_post = at_most(1.3, "bare post, any_io_executor");
  // A post within the loop needs none but those of the loop's own mutex.
  constexpr const char* locked =
      "a mutex and a count of owners: 3 atomic operations, 6 with the release";
  constexpr const char* spun = "2 atomic operations, and what is moved with the handler";
  constexpr const char* moved = "an error code and a permit are moved with the handler";
  constexpr limit channel = at_most(1.0, "channel, 8 contenders");
  constexpr limit any_channel = at_most(1.0, "channel, 8 contenders, any_io_executor");
  return {
      {"semaphore try_acquire + release, null_mutex", try_acquire<null_mutex>, at_most(8)},
      {"semaphore try_acquire + release", try_acquire<std::mutex>, at_most(40)},
      {"semaphore try_acquire + release, spin_mutex", try_acquire<spin_mutex>, at_most(40)},
      {"mutex try_lock + unlock, null_mutex", try_lock<null_mutex>, at_most(8)},
      {"mutex try_lock + unlock", try_lock<std::mutex>, at_most(40)},
      {"async_acquire at once, null_mutex", acquire<io_executor, null_mutex>, post, true, moved},
      {"async_acquire at once", acquire<io_executor, std::mutex>, post, true, locked},
      {"async_acquire at once, spin_mutex", acquire<io_executor, spin_mutex>, post, true, spun},
      {"async_acquire at once, any_io_executor", acquire<any_executor, std::mutex>, any_post},
      {"async_acquire at once + release, null_mutex", acquire_and_release<io_executor, null_mutex>,
       post, true, moved},
      {"async_acquire at once + release", acquire_and_release<io_executor, std::mutex>, post, true,
       locked},
      {"async_acquire at once + release, any_io_executor",
       acquire_and_release<any_executor, std::mutex>, any_post},
      {"semaphore, 8 contenders, null_mutex", hand_on<io_executor, null_mutex>, channel},
      {"semaphore, 8 contenders", hand_on<io_executor, std::mutex>, channel},
      {"semaphore, 8 contenders, spin_mutex", hand_on<io_executor, spin_mutex>, channel},
      {"semaphore, 8 contenders, any_io_executor", hand_on<any_executor, std::mutex>, any_channel},
  };
}

}  // namespace bench
