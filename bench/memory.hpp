// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "measure.hpp"
#include "observed.hpp"

#include <boost/preprocessor/repetition/repeat.hpp>

#include <unistd.h>

#include <fstream>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

/// What a program holds in memory, per live task, thread and site.
namespace bench {

/// Bytes of memory that belong to nothing but this process.
inline double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  long pages = 0;
  long resident = 0;
  long of_files = 0;
  statm >> pages >> resident >> of_files;
  return static_cast<double>(resident - of_files) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

inline outcome task_memory(long tasks) {
  asio::io_context io(1);
  const double before = resident_bytes();
  for (long i = 0; i < tasks; ++i)
    asio::co_spawn(
        io,
        []() -> asio::awaitable<void> {
          asio::steady_timer never(co_await asio::this_coro::executor,
                                   asio::steady_timer::time_point::max());
          co_await never.async_wait(asio::use_awaitable);
        },
        asio::detached);
  io.poll();
  return {(resident_bytes() - before) / static_cast<double>(tasks),
          static_cast<std::uint64_t>(tasks)};
}

inline outcome thread_memory(long threads) {
  asio::io_context io;
  const auto executor = observed_executor(io.get_executor());
  const auto work = asio::make_work_guard(io);
  const auto one_handler = [&] {
    asio::post(executor, observed("bench.on_thread", [] {}));
    io.run_one();
  };
  one_handler();  // what belongs to the loop and the site is there from now on
  std::latch all_ran(threads + 1);
  std::latch may_end(1);
  std::vector<std::thread> running;
  running.reserve(static_cast<std::size_t>(threads));
  const double before = resident_bytes();
  for (long i = 0; i < threads; ++i)
    running.emplace_back([&] {
      one_handler();
      all_ran.arrive_and_wait();
      may_end.wait();
    });
  all_ran.arrive_and_wait();
  const double after = resident_bytes();
  may_end.count_down();
  for (std::thread& t : running)
    t.join();
  return {(after - before) / static_cast<double>(threads), static_cast<std::uint64_t>(threads) + 1};
}

/// Handlers that are a place in the program each: sites are told apart by their names.
inline constexpr std::size_t distinct_sites = 128;
#define ASIOSCOPE_BENCH_TYPE(z, number, data) \
  struct distinct_##number {                  \
    void operator()() const {}                \
  };
BOOST_PP_REPEAT(128, ASIOSCOPE_BENCH_TYPE, ~)
#undef ASIOSCOPE_BENCH_TYPE

inline outcome site_memory() {
  asio::io_context io(1);
  const auto executor = observed_executor(io.get_executor());
  asio::post(executor, observed("bench.first", [] {}));
  io.run();
  io.restart();
  const double before = resident_bytes();
#define ASIOSCOPE_BENCH_POST(z, number, data) \
  asio::post(executor, observed("bench.distinct", distinct_##number{}));
  BOOST_PP_REPEAT(128, ASIOSCOPE_BENCH_POST, ~)
#undef ASIOSCOPE_BENCH_POST
  io.run();
  return {(resident_bytes() - before) / static_cast<double>(distinct_sites), distinct_sites + 1};
}

}  // namespace bench
