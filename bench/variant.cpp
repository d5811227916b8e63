// SPDX-License-Identifier: BSL-1.0
// asioscope-bench-VARIANT WORKLOAD OPERATIONS [MODE]: runs one workload, prints what it found per
// operation. Fails when the handlers that ran are not those that the observer counted.

#include "allocations.hpp"
#include "at_rest.hpp"
#include "coroutines.hpp"
#include "echo.hpp"
#include "handlers.hpp"
#include "memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

namespace bench {

namespace {

double rdtsc(long reads) {
#if defined(__x86_64__)
  std::uint64_t sum = 0;
  const double ns = time_of(reads, [&] {
    for (long i = 0; i < reads; ++i)
      sum += __builtin_ia32_rdtsc();
  });
  asm volatile("" ::"r"(sum));
  return ns;
#else
  return 0;
#endif
}

using workload = std::function<outcome(long)>;

/// Runs it before on a smaller scale: caches, memory and the branch predictor.
workload warmed_up(workload w) {
  return [w = std::move(w)](long operations) {
    const outcome cold = w(operations / 10 + 1);
    outcome warm = w(operations);
    warm.handlers += cold.handlers;
    return warm;
  };
}

workload counted(workload w) {
  return [w = std::move(w)](long operations) { return allocations_of(w, operations); };
}

std::map<std::string, workload> all_workloads(const std::string& client) {
  const auto posts_deferred = [](long n) { return coroutine_post(asio::deferred, n); };
  const auto posts_use_awaitable = [](long n) { return coroutine_post(asio::use_awaitable, n); };
  const auto io_context = [](long n) { return handlers(BOOST_ASIO_CONCURRENCY_HINT_DEFAULT, n); };
  const auto io_context_1 = [](long n) { return handlers(1, n); };
  const auto echoes = [client](long n) { return echo(client, n); };
  std::map<std::string, workload> all{
      {"rdtsc",
       [](long n) {
         return outcome{rdtsc(n), 0};
       }},
      {"handlers/io_context", warmed_up(io_context)},
      {"handlers/io_context_1", warmed_up(io_context_1)},
      {"handlers/armed_socket", warmed_up(armed_socket)},
      {"handlers/batch_posts", warmed_up(batch_posts)},
      {"handlers/cross_thread_posts", warmed_up(cross_thread_posts)},
      {"handlers/strand", warmed_up(strand)},
      {"handlers/two_threads", warmed_up(two_threads)},
      {"handlers/timer_storm", warmed_up(timer_storm)},
      {"coroutines/child", warmed_up(coroutine_child)},
      {"coroutines/post_deferred", warmed_up(posts_deferred)},
      {"coroutines/post_use_awaitable", warmed_up(posts_use_awaitable)},
      {"coroutines/co_spawn", warmed_up(coroutine_spawn)},
      {"echo/tcp", echoes},
      {"allocations/handler", counted(io_context_1)},
      {"allocations/timer", counted(timer_storm)},
      {"allocations/child", counted(coroutine_child)},
      {"allocations/post_use_awaitable", counted(posts_use_awaitable)},
      {"allocations/co_spawn", counted(coroutine_spawn)},
      {"allocations/echo", counted(echoes)},
      {"memory/task", task_memory},
      {"memory/thread", thread_memory},
      {"memory/site", [](long) { return site_memory(); }},
      {"watchdog/at_rest", at_rest},
  };
#if defined(ASIOSCOPE_BENCH_HOOKS)
  all["trace/lost_in_echo"] = [echoes](long n) { return events_lost(echoes, n); };
  all["trace/lost_at_full_speed"] = [=](long n) { return events_lost(io_context, n); };
  all["trace/bytes_in_stream"] = [echoes](long n) { return event_bytes(echoes, n); };
#endif
  return all;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  const std::string name = argc > 1 ? argv[1] : "";
  const std::string mode = argc > 3 ? argv[3] : "";
  const long operations = argc > 2 ? std::atol(argv[2]) : 0;
  if (name == "echo_client") {
    echo_client(static_cast<std::uint16_t>(operations), std::atol(mode.c_str()));
    return 0;
  }
  const std::string self = argv[0];
  const auto all = all_workloads(self.substr(0, self.rfind('-')) + "-bare");
  const auto found = all.find(name);
  if (found == all.end() || operations < 1) {
    std::fprintf(stderr, "usage: %s WORKLOAD OPERATIONS [MODE] (run asioscope-bench instead)\n",
                 argv[0]);
    return 1;
  }
#if defined(ASIOSCOPE_BENCH_TRACKING)
  // Asio writes its tracking to stderr; what a disk costs is not the question here.
  dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
#endif
  const observation observed(mode);
  const outcome result = found->second(operations);
  if (!observed.counted(result.handlers)) return 1;
  std::printf("%.3f\n", result.value);
  return 0;
}
