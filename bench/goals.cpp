// SPDX-License-Identifier: BSL-1.0
#include "goals.hpp"

#include <cmath>
#include <cstdio>

namespace bench {

namespace {

const char* const two_reads =
    "The clock must be read when a handler is queued and when its run ends, which is 2 × rdtsc "
    "before anything is counted; the rest is the counting.";
const char* const off_costs =
    "Each operation looks at the mode when it is created and when it runs, and the compiler keeps "
    "registers free for the rest.";
const char* const off_child =
    "The frame of each coroutine holds its place in the await chain even when nothing is recorded, "
    "so that a recording which begins later is complete.";
const char* const trace_costs =
    "A handler leaves two events of 32 bytes, its creation and its run, in a ring that is larger "
    "than the caches of a core.";
const char* const reader_costs =
    "The cache lines of the ring travel to the core of the reader and back.";
const char* const scrape_costs =
    "The cells of all threads are added up, and each series is a line of about 90 bytes; none of "
    "it on a loop's thread.";
const char* const echo_costs =
    "A request takes two handlers and a pass through the reactor, each of which reads the clock.";

}  // namespace

std::optional<double> goal::measured(const results& all) const {
  const row* const r = all.find(workload, variant);
  const bool as_it_is =
      in == scale::bytes_each || in == scale::percent || in == scale::milliseconds;
  if (r != nullptr && as_it_is) return r->value();
  const row* const to = all.find(workload, compared_with);
  if (r == nullptr || to == nullptr) return std::nullopt;
  switch (in) {
    case scale::reads:
      if (all.rdtsc_ns <= 0) return std::nullopt;
      return added(*r, *to) / all.rdtsc_ns;
    case scale::factor:
      return ratio(*r, *to);
    default:
      return added(*r, *to);
  }
}

bool goal::met(double measured) const {
  // Less than one in a thousand operations is what the beginning took.
  constexpr double a_few = 0.001;
  return measured <= limit + (in == scale::count ? a_few : 0);
}

std::string in_words(scale in, double value) {
  char text[64];
  switch (in) {
    case scale::nanoseconds:
      std::snprintf(text, sizeof text, "%+.1f ns", value);
      break;
    case scale::reads:
      std::snprintf(text, sizeof text, "%.1f × rdtsc", value);
      break;
    case scale::factor:
      std::snprintf(text, sizeof text, "%.3f ×", value);
      break;
    case scale::bytes:
      std::snprintf(text, sizeof text, "%+.0f bytes", value);
      break;
    case scale::count:
      std::snprintf(text, sizeof text, "%+.3g", std::abs(value) < 0.001 ? 0.0 : value);
      break;
    case scale::bytes_each:
      std::snprintf(text, sizeof text, "%.1f bytes", value);
      break;
    case scale::percent:
      std::snprintf(text, sizeof text, "%.2f %%", value);
      break;
    case scale::milliseconds:
      std::snprintf(text, sizeof text, "%.1f ms", value);
      break;
  }
  return text;
}

std::vector<goal> all_goals() {
  const std::string any = "handlers/io_context";
  const std::string one = "handlers/io_context_1";
  const std::string armed = "handlers/armed_socket";
  const std::string child = "coroutines/child";
  using enum scale;
  std::vector<goal> goals{
      {"a handler, off", any, "off", "bare", nanoseconds, 1, off_costs},
      {"a handler of io_context(1), off", one, "off", "bare", nanoseconds, 1, off_costs},
      {"co_await child(), off", child, "off", "bare", nanoseconds, 2, off_child},
      {"a handler, metrics", any, "metrics", "bare", reads, 1.2, two_reads},
      {"a handler of io_context(1), metrics", one, "metrics", "bare", reads, 1.8, two_reads},
      {"a handler while a socket is armed, metrics", armed, "metrics", "bare", reads, 2.4,
       "The clock is read three times: when the handler is queued, when the reactor returns and "
       "when the run ends."},
  };
  for (const auto& [name, workload] : {std::pair{"a handler", any},
                                       {"a handler of io_context(1)", one},
                                       {"a handler while a socket is armed", armed}}) {
    const std::string handler = name;
    goals.push_back({handler + ", trace beyond metrics", workload, "trace", "metrics", reads, 0.3,
                     trace_costs});
    goals.push_back({handler + ", trace with a reader beyond metrics", workload, "trace_reader",
                     "metrics", reads, 0.8, reader_costs});
  }
  goals.insert(
      goals.end(),
      {{"co_await child(), metrics", child, "metrics", "bare", nanoseconds, 15,
        "Each child takes its place in the await chain of its task and leaves it, so that a task "
        "can be asked at any moment what it waits for."},
       {"co_await child(), trace", child, "trace", "bare", nanoseconds, 25,
        "The same as in metrics: a child leaves no event of its own."},
       {"TCP echo, 64 connections, metrics", "echo/tcp", "metrics", "bare", factor, 1.01,
        echo_costs},
       {"TCP echo, trace with a reader", "echo/tcp", "trace_reader", "bare", factor, 1.02,
        echo_costs}});
  for (const auto& [name, workload] : {std::pair{"a handler", "handler"},
                                       {"a timer's wait", "timer"},
                                       {"co_await child()", "child"},
                                       {"co_await post", "post_use_awaitable"},
                                       {"an echo request", "echo"}})
    goals.push_back({std::string("heap allocations for ") + name + ", trace",
                     std::string("allocations/") + workload, "trace", "bare", count, 0,
                     "The frames of coroutines are larger with the hooks, and Asio keeps only "
                     "blocks of up to 1 KiB for reuse."});
  goals.insert(
      goals.end(),
      {{"a program at rest that is watched", "watchdog/at_rest", "metrics", "", percent, 0.1,
        "The watchdog wakes 25 times a second, so that a stall is reported within 20 ms whenever "
        "it "
        "begins; nearly all of the cost is waking up."},
       {"memory of a live task", "memory/task", "metrics", "bare", bytes, 96,
        "The task's record takes 96 bytes. The rest is in the frames of its coroutines: 96 in "
        "Asio's "
        "own below the task, for its begin and end; 64 in the user's, for its place in the await "
        "chain and the resumption; 80 in Asio's adapter around the operation that it waits for, "
        "which needs none of it but has the promise of all coroutines with its result. The heap "
        "rounds up. A coroutine that awaits another adds 64 for that."},
       {"memory of a thread that runs a loop", "memory/thread", "metrics", "bare", bytes, 65'536,
        "The thread keeps its own cells for each loop and site it has met."},
       {"memory of a site", "memory/site", "metrics", "bare", bytes, 2'048,
        "A site has two histograms on each thread that runs it, and a readable name."},
       {"a scrape of 10,000 series, text", "scrape/text", "metrics", "", milliseconds, 3,
        scrape_costs},
       {"a scrape of 10,000 series, OpenMetrics", "scrape/openmetrics", "metrics", "", milliseconds,
        3, scrape_costs},
       {"compile time of a program with Beast", "build/beast_compile", "hooks", "bare", factor,
        1.05, "Every operation type and every coroutine instantiates the hooks anew."}});
  return goals;
}

}  // namespace bench
