// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace asioscope::metrics::testing {

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::uint64_t millisecond = 1'000'000;

/// Recorded `count` times.
inline schema::histogram recorded(std::uint64_t nanoseconds, int count) {
  schema::histogram result;
  for (int i = 0; i < count; ++i)
    result.record(nanoseconds);
  return result;
}

/// One of each kind that has families of its own, with figures of 1, 2, 3…
inline std::vector<schema::resource_info> sample_resources() {
  struct known {
    const char* kind;
    std::vector<const char*> figures;
    const char* state = "";
  };
  const std::vector<known> all = {
      {"semaphore", {"limit", "in_use", "acquired"}},
      {"mutex", {"acquired"}},
      {"event", {}},
      {"latch", {"count"}},
      {"queue",
       {"depth", "capacity", "waiting_to_push", "waiting_to_pop", "pushed", "popped",
        "oldest_item_age_seconds"}},
      {"rate_limiter", {"available", "acquired", "rejected"}},
      {"task_pool", {"limit", "in_use", "queued", "submitted", "succeeded", "failed", "cancelled"}},
      {"resource_pool",
       {"max", "idle", "in_use", "creating", "leaked", "acquired", "created", "create_failures",
        "broken"}},
      {"retry", {"operations", "retries", "exhausted"}},
      {"circuit_breaker",
       {"succeeded", "failed", "slow", "ignored", "late", "rejected", "closed", "opened",
        "half_opened"},
       "half_open"},
      {"bulkhead", {"limit", "available", "rejected"}},
      {"pipeline", {"in_flight", "depth", "in", "out", "filtered", "failed"}},
      {"queue_processor",
       {"depth", "capacity", "oldest_item_age_seconds", "workers", "in_use", "accepted",
        "processed", "failed"}},
      {"event_loop", {"threads", "slow_callbacks", "stuck", "exceptions", "misuses"}},
      {"task_monitor", {"running", "oldest_seconds", "finished", "failed", "cancelled", "slow"}}};
  std::vector<schema::resource_info> result;
  for (const known& each : all) {
    schema::resource_info& made = result.emplace_back();
    made.id = static_cast<std::uint32_t>(result.size());
    made.kind = each.kind;
    made.name = std::string("my ") + each.kind;
    made.state = each.state;
    double value = 0;
    for (const char* figure : each.figures)
      made.figures.push_back({figure, ++value, false});
    made.waiting = 9;
    made.timed_out = 4;
    made.wait = recorded(2 * millisecond, 3);
    made.item_wait = recorded(3 * millisecond, 5);
  }
  return result;
}

/// A live loop "main" and a gone one "pool"; handlers and tasks on both. Monotonic time is 1000 s,
/// Unix time 2,000,000,000 s.
inline schema::snapshot sample_snapshot() {
  schema::snapshot result;
  result.time = {.monotonic_ns = 1000 * second, .realtime_ns = 2'000'000'000 * second};
  result.loops = {{.id = 1, .name = "main"}, {.id = 2, .name = "pool", .gone = true}};
  result.sites = {{.id = 1, .kind = schema::site_kind::handler, .name = "on_read"},
                  {.id = 2, .kind = schema::site_kind::handler, .name = "on_timer"},
                  {.id = 3, .kind = schema::site_kind::task, .name = "GET /items"}};
  result.loop_stats = {{.loop = 1,
                        .threads = 2,
                        .pending = 7,
                        .outstanding = 5,
                        .busy_ns = 1'500 * millisecond,
                        .idle_ns = 8'500 * millisecond,
                        .turns = 90,
                        .hops = 4,
                        .last_progress_ns = 998 * second,
                        .stalls = 1,
                        .stall_ns = 300 * millisecond,
                        .lag = recorded(2 * millisecond, 3)},
                       {.loop = 2,
                        .threads = 1,
                        .pending = 1,
                        .outstanding = 1,
                        .busy_ns = 250 * millisecond,
                        .last_progress_ns = 900 * second}};
  result.causes = {{.loop = 1, .counts = {0, 0, 1}}};  // in a system call
  result.site_stats = {{.loop = 1,
                        .site = 1,
                        .slow = 1,
                        .slow_ns = 30 * millisecond,
                        .failed = 2,
                        .errors = 3,
                        .cancelled = 4,
                        .unrun = 5,
                        .run = recorded(4 * millisecond, 10),
                        .delay = recorded(1 * millisecond, 10),
                        .error_categories = {{"asio.misc", 2}, {"system", 1}}},
                       {.loop = 1, .site = 2, .run = recorded(1 * millisecond, 5)},
                       {.loop = 2, .site = 1, .run = recorded(250 * millisecond, 1)}};
  result.task_stats = {{.loop = 1,
                        .site = 3,
                        .spawned = 20,
                        .finished = 16,
                        .failed = 1,
                        .cancelled = 2,
                        .abandoned = 3,
                        .duration = recorded(8 * millisecond, 16)}};
  result.tasks = {
      {.id = 1,
       .site = 3,
       .loop = 1,
       .state = schema::task_state::running,
       .spawned_ns = 995 * second},
      {.id = 2,
       .site = 3,
       .loop = 1,
       .state = schema::task_state::suspended,
       .spawned_ns = 990 * second},
      {.id = 3,
       .site = 3,
       .loop = 1,
       .state = schema::task_state::suspended,
       .spawned_ns = 991 * second},
      {.id = 4,
       .site = 3,
       .loop = 1,
       .state = schema::task_state::ready,
       .spawned_ns = 999 * second},
      {.id = 5, .site = 3, .loop = 1, .state = schema::task_state::done, .spawned_ns = 1 * second},
      {.id = 6,
       .site = 3,
       .loop = 2,
       .state = schema::task_state::suspended,
       .spawned_ns = 5 * second}};
  result.resources = sample_resources();
  result.self = {.events = 1000,
                 .events_lost = 10,
                 .site_overflow = 1,
                 .task_overflow = 0,
                 .reports_suppressed = 3,
                 .memory_bytes = 65536};
  return result;
}

}  // namespace asioscope::metrics::testing
