// SPDX-License-Identifier: BSL-1.0
// asioscope-bench-fleet LOOPS SITES TASKS PRIMITIVES INSTANCES: a program with that many loops,
// handlers and names of tasks on each, primitives of four kinds, all of them busy, that serves its
// metrics on INSTANCES ports, each with a collector of its own: as many programs to whoever scrapes
// them. Says what one export costs and where it serves, as one line of JSON, and ends when its
// input does.
#include "asioscope/core/async_queue.hpp"
#include "asioscope/core/circuit_breaker.hpp"
#include "asioscope/core/rate_limiter.hpp"
#include "asioscope/core/semaphore.hpp"
#include "asioscope/instrumentation/co_spawn.hpp"
#include "asioscope/instrumentation/instrumented_executor.hpp"
#include "asioscope/metrics/endpoint.hpp"
#include "asioscope/metrics/text_format.hpp"
#include "asioscope/session/session.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/preprocessor/repetition/repeat.hpp>

#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace core = asioscope::core;
namespace metrics = asioscope::metrics;
using executor = decltype(asioscope::instrument(std::declval<asio::io_context&>(), ""));

using poster = void (*)(const executor&);

// Each a site of its own: whose name has no template arguments.
#define ASIOSCOPE_BENCH_JOB(z, number, unused) \
  struct job_##number {                        \
    void operator()() const {}                 \
  };
#define ASIOSCOPE_BENCH_POST(z, number, unused) \
  [](const executor& to) { asio::post(to, job_##number()); },
BOOST_PP_REPEAT(64, ASIOSCOPE_BENCH_JOB, _)
constexpr std::array<poster, 64> jobs{BOOST_PP_REPEAT(64, ASIOSCOPE_BENCH_POST, _)};

asio::awaitable<void> task() { co_return; }

asio::awaitable<void> keep_busy(executor on, std::size_t sites, std::size_t tasks) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    for (const poster each : std::span(jobs).first(std::min(sites, jobs.size())))
      each(on);
    for (std::size_t i = 0; i < tasks; ++i)
      asioscope::co_spawn(on, "task " + std::to_string(i), task(), asio::detached);
    timer.expires_after(std::chrono::milliseconds{50});
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// One of each of four kinds.
struct primitives {
  primitives(asio::io_context& loop, const std::string& name)
      : semaphore(loop, 4, name),
        queue(loop, 4, name),
        limiter(loop, {.rate = 10, .period = std::chrono::seconds{1}, .burst = 2}, name),
        breaker(loop, {}, name) {}

  core::semaphore semaphore;
  core::async_queue<int> queue;
  core::rate_limiter limiter;
  core::circuit_breaker breaker;
};

double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// CPU time of one collection with its text, the median of many.
double export_ms() {
  metrics::collector all;
  std::vector<double> taken;
  for (int i = 0; i < 101; ++i) {
    const double begin = cpu_ms();
    static_cast<void>(metrics::to_text(all.collect()));
    taken.push_back(cpu_ms() - begin);
  }
  std::ranges::sort(taken);
  return taken[taken.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: asioscope-bench-fleet LOOPS SITES TASKS PRIMITIVES INSTANCES\n";
    return 2;
  }
  const auto number = [argv](int i) { return std::strtoul(argv[i], nullptr, 10); };
  const asioscope::session recording({.metrics = false,
                                      .live = false,
                                      .quiet = true,
                                      .on_report = [](const asioscope::schema::report&) {}});

  std::vector<std::unique_ptr<asio::io_context>> loops;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < number(1); ++i) {
    asio::io_context& loop = *loops.emplace_back(std::make_unique<asio::io_context>(1));
    const executor on = asioscope::instrument(loop, "loop " + std::to_string(i));
    asioscope::co_spawn(on, "keep_busy", keep_busy(on, number(2), number(3)), asio::detached);
    threads.emplace_back([&loop] { loop.run(); });
  }
  std::vector<std::unique_ptr<primitives>> all;
  for (std::size_t i = 0; i < number(4); ++i)
    all.push_back(std::make_unique<primitives>(*loops.front(), "of mine " + std::to_string(i)));
  std::this_thread::sleep_for(std::chrono::seconds{1});  // everything has happened by then

  std::cout << "{\"export_ms\": " << export_ms() << ", \"ports\": [";
  std::vector<std::unique_ptr<metrics::endpoint>> instances;
  for (std::size_t i = 0; i < number(5); ++i) {
    instances.push_back(
        std::make_unique<metrics::endpoint>(metrics::endpoint_options{.address = "127.0.0.1:0"}));
    std::cout << (i == 0 ? "" : ", ") << instances.back()->port();
  }
  std::cout << "]}" << std::endl;
  while (std::cin.get() != std::char_traits<char>::eof()) {
  }
  instances.clear();
  for (const auto& loop : loops)
    loop->stop();
  for (std::thread& each : threads)
    each.join();
}
