// SPDX-License-Identifier: BSL-1.0
#include "plan.hpp"

#include <algorithm>

namespace bench {

std::vector<workload> all_workloads() {
  const variant bare{"bare", "bare", ""};
  const variant off{"off", "hooks", "off"};
  const variant metrics{"metrics", "hooks", "metrics"};
  const variant trace{"trace", "hooks", "trace"};
  const variant read_trace{"trace_reader", "hooks", "trace_reader"};
  const variant executor{"executor_metrics", "executor", "metrics"};
  const variant mutex_and_map{"mutex_and_map", "mutex_and_map", ""};
  const variant tracking{"asio_tracking", "tracking", ""};

  const std::vector<variant> everything{bare,       off,      metrics,       trace,
                                        read_trace, executor, mutex_and_map, tracking};
  // The others do not know coroutines: they would see nothing but Asio's handlers.
  const std::vector<variant> coroutines{bare, off, metrics, trace, read_trace};
  const std::vector<variant> held{bare, metrics, trace};

  std::vector<workload> all;
  const auto add = [&](const char* name, const char* unit, long operations, long few,
                       const std::vector<variant>& variants) {
    all.push_back({name, unit, operations, few, 1'000, variants});
  };
  add("handlers/io_context", "ns", 1'000'000, 500, everything);
  add("handlers/io_context_1", "ns", 1'000'000, 500, everything);
  add("handlers/armed_socket", "ns", 200'000, 500, everything);
  add("handlers/batch_posts", "ns", 500'000, 500, everything);
  add("handlers/cross_thread_posts", "ns", 300'000, 500, everything);
  add("handlers/strand", "ns", 500'000, 500, everything);
  add("handlers/two_threads", "ns", 500'000, 500, everything);
  add("handlers/timer_storm", "ns", 200'000, 500, everything);
  add("coroutines/child", "ns", 1'000'000, 500, coroutines);
  add("coroutines/post_deferred", "ns", 300'000, 500, coroutines);
  add("coroutines/post_use_awaitable", "ns", 300'000, 500, coroutines);
  add("coroutines/co_spawn", "ns", 100'000, 500, coroutines);
  add("echo/tcp", "ns", 60'000, 640, everything);
  for (const char* name : {"allocations/handler", "allocations/timer", "allocations/child",
                           "allocations/post_use_awaitable", "allocations/co_spawn"})
    add(name, "allocations", 20'000, 200, held);
  add("allocations/echo", "allocations", 6'400, 64, held);
  add("memory/task", "bytes", 20'000, 200, {bare, metrics});
  add("memory/thread", "bytes", 32, 2, {bare, metrics});
  add("memory/site", "bytes", 128, 128, {bare, metrics});
  add("watchdog/at_rest", "%", 50, 2, {bare, metrics});
  add("trace/lost_in_echo", "%", 60'000, 640, {trace});
  add("trace/lost_at_full_speed", "%", 3'000'000, 500, {trace});
  add("trace/bytes_in_stream", "bytes", 6'400, 640, {trace});
  for (const char* name : {"scrape/text", "scrape/openmetrics"})
    add(name, "ms", 50, 1, {{"metrics", "scrape", ""}});
  const std::vector<variant> builds{{"bare", "beast-bare", ""}, {"hooks", "beast-hooks", ""}};
  // Few: without making code.
  add("build/beast_compile", "s", 1, 0, builds);
  add("build/beast_size", "KiB", 1, 0, builds);
  for (workload& w : all)
    if (w.group() == "build") w.most_rounds = 3;  // half a minute each
  return all;
}

std::vector<std::string> all_groups() {
  std::vector<std::string> groups;
  for (const workload& w : all_workloads())
    if (std::find(groups.begin(), groups.end(), w.group()) == groups.end())
      groups.push_back(w.group());
  return groups;
}

}  // namespace bench
