// SPDX-License-Identifier: BSL-1.0
#include "loops.hpp"
#include "table.hpp"

#include "asioscope/core/async_queue.hpp"

#include <cstdlib>

namespace bench {

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;

template <class Sync>
double try_push_and_pop(long operations) {
  asio::io_context loop(1);
  basic_async_queue<int, io_executor, Sync> queue(loop, 64);
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i) {
      queue.try_push(1);
      if (!queue.try_pop()) std::abort();
    }
  });
}

/// The item is there.
template <class Sync>
double pop(long operations) {
  asio::io_context loop(1);
  basic_async_queue<int, io_executor, Sync> queue(loop, 64);
  return chain(loop, operations, [&](const auto& next) {
    queue.try_push(1);
    queue.async_pop([&next](error_code, int) { next(); });
  });
}

/// It is waited for.
template <class Sync>
double hand_over(long operations) {
  asio::io_context loop(1);
  basic_async_queue<int, io_executor, Sync> queue(loop, 64);
  return chain(loop, operations, [&](const auto& next) {
    queue.async_pop([&next](error_code, int) { next(); });
    queue.try_push(1);
  });
}

}  // namespace

std::vector<core_row> queue_rows() {
  return {
      {"queue try_push + try_pop, null_mutex", try_push_and_pop<null_mutex>},
      {"queue try_push + try_pop", try_push_and_pop<std::mutex>},
      {"queue try_push + async_pop at once, null_mutex", pop<null_mutex>},
      {"queue try_push + async_pop at once", pop<std::mutex>},
      {"queue async_pop + try_push, null_mutex", hand_over<null_mutex>},
      {"queue async_pop + try_push", hand_over<std::mutex>},
  };
}

}  // namespace bench
