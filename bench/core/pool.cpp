// SPDX-License-Identifier: BSL-1.0
#include "loops.hpp"
#include "table.hpp"

#include "asioscope/core/resource_pool.hpp"

#include <cstdlib>

namespace bench {

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;

template <class Sync>
basic_resource_pool<int, io_executor, Sync> warm_pool(asio::io_context& loop,
                                                      pool_options options = {}) {
  options.max_size = 1;
  pool_hooks<int, io_executor> hooks;
  hooks.create = []() -> asio::awaitable<int, io_executor> { co_return 1; };
  basic_resource_pool<int, io_executor, Sync> pool(loop, hooks, options);
  pool.async_acquire([](error_code, const auto&) {});
  loop.poll();
  return pool;
}

template <class Sync>
double try_acquire(long operations) {
  asio::io_context loop(1);
  auto pool = warm_pool<Sync>(loop);
  return time_of(operations, [&] {
    for (long i = 0; i < operations; ++i) {
      const auto pooled = pool.try_acquire();
      if (!pooled) std::abort();
    }
  });
}

template <class Sync>
double acquire(long operations) {
  asio::io_context loop(1);
  // Without a timer, for which the loop would wait.
  auto pool = warm_pool<Sync>(loop, {.create_timeout = {}, .idle_timeout = {}, .max_lifetime = {}});
  loop.restart();
  return chain(loop, operations, [&](const auto& next) {
    pool.async_acquire([&next](error_code, auto pooled) {
      pooled.release();
      next();
    });
  });
}

}  // namespace

std::vector<core_row> pool_rows() {
  return {
      {"pool try_acquire + return, null_mutex", try_acquire<null_mutex>, at_most(150)},
      {"pool try_acquire + return", try_acquire<std::mutex>, at_most(150)},
      {"pool async_acquire at once + return, null_mutex", acquire<null_mutex>},
      {"pool async_acquire at once + return", acquire<std::mutex>},
  };
}

}  // namespace bench
