// SPDX-License-Identifier: BSL-1.0
#include "loops.hpp"
#include "table.hpp"

#include "asioscope/core/queue_processor.hpp"
#include "asioscope/core/task_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <cstdlib>

namespace bench {

namespace {

namespace asio = boost::asio;
using namespace asioscope::core;

template <class Executor>
double spawn(long operations) {
  asio::io_context loop(1);
  const Executor executor(loop.get_executor());
  return chain(loop, operations, [&](const auto& next) {
    asio::co_spawn(
        executor, []() -> asio::awaitable<void> { co_return; },
        [&next](const std::exception_ptr&) { next(); });
  });
}

/// The task runs, and its result is taken.
template <class Executor, class Sync>
double submit(long operations) {
  asio::io_context loop(1);
  basic_task_pool<void, std::uint64_t, Executor, Sync> pool(loop.get_executor(),
                                                            {.concurrency = 1});
  return chain(loop, operations, [&](const auto& next) {
    if (!pool.try_submit([]() -> asio::awaitable<void> { co_return; })) std::abort();
    pool.async_next([&next](error_code, const auto& result) {
      if (!result.has_value()) std::abort();
      next();
    });
  });
}

template <class Executor, class Sync>
double process(long operations) {
  asio::io_context loop(1);
  long processed = 0;
  basic_queue_processor<long, Executor, Sync> processor(
      loop.get_executor(), {.workers = 1, .capacity = 64}, [&](long&) -> asio::awaitable<void> {
        ++processed;
        co_return;
      });
  processor.async_start([](error_code) {});
  long left = operations;
  const std::function<void(error_code)> next = [&](error_code) {
    if (--left > 0)
      processor.async_push(left, next);
    else
      processor.async_stop(stop_mode::drain, [](error_code, const auto&) {});
  };
  processor.async_push(0L, next);
  const double taken = time_of(operations, [&] { loop.run(); });
  if (processed != operations) std::abort();
  return taken;
}

}  // namespace

std::vector<core_row> task_rows() {
  return {
      {"co_spawn", spawn<io_executor>},
      {"co_spawn, any_io_executor", spawn<any_executor>},
      {"task_pool submit, run and next, null_mutex", submit<io_executor, null_mutex>},
      {"task_pool submit, run and next", submit<any_executor, std::mutex>},
      {"queue_processor push and process, null_mutex", process<io_executor, null_mutex>},
      {"queue_processor push and process", process<any_executor, std::mutex>},
  };
}

}  // namespace bench
