// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace asioscope::schema::testing {

/// Makes messages in which every member takes extreme, typical and zero values. Repeatable: the
/// seed decides.
class random_message {
 public:
  /// A batch has less than `events` events.
  explicit random_message(std::uint64_t seed, std::size_t events = 300)
      : engine_(seed), events_(events) {}

  message next() {
    switch (below(4)) {
      case 0:
        return make_hello();
      case 1:
        return goodbye{text()};
      case 2:
        return request{flag()};
      default:
        return make_frame();
    }
  }

  frame make_frame() {
    frame result;
    result.time = {moment(), moment()};
    result.snapshot = flag();
    result.snapshot_end = flag();
    result.tracing = flag();
    repeat([&] { result.loops.push_back({number32(), text(), flag()}); });
    repeat([&] {
      result.sites.push_back({number32(), static_cast<site_kind>(below(4)), text(), text()});
    });
    repeat([&] {
      result.threads.push_back({number32(), static_cast<std::int32_t>(number32()), text(), flag()});
    });
    repeat([&] {
      result.loop_stats.push_back({number32(), number32(), number(), number(), number(), number(),
                                   number(), number(), number(), number(), moment(), number(),
                                   number(), durations(), durations(), durations()});
    });
    repeat([&] { result.thread_stats.push_back({number32(), number(), number(), number()}); });
    repeat([&] {
      result.messages.push_back({number32(), moment(), number32(), number32(), text()});
    });
    repeat([&] {
      result.site_stats.push_back({number32(),
                                   number32(),
                                   number(),
                                   0,  // slow_ns is not sent
                                   number(),
                                   number(),
                                   number(),
                                   number(),
                                   number(),
                                   durations(),
                                   durations(),
                                   {}});
      repeat([&] { result.site_stats.back().error_categories.push_back({text(), number()}); });
    });
    repeat([&] {
      result.task_stats.push_back(
          {number32(), number32(), number(), number(), number(), number(), number(), durations()});
    });
    repeat([&] {
      result.tasks.push_back({number(), number32(), number32(), number(),
                              static_cast<task_state>(below(7)), moment(), moment(), number(),
                              number(), number(), number(), moment(), moment()});
    });
    repeat([&] { result.places.push_back({number32(), text(), text(), number32()}); });
    repeat([&] {
      schema::await_chain chain{number(), text(), {}, {}, text()};
      repeat([&] { chain.scopes.push_back(text()); });
      repeat([&] { chain.places.push_back(number()); });
      result.await_chains.push_back(std::move(chain));
    });
    repeat([&] { result.resources.push_back(make_resource()); });
    repeat([&] { result.reports.push_back(make_report()); });
    repeat([&] {
      event_batch batch{number32(), {}};
      const std::size_t count = below(events_);
      for (std::size_t i = 0; i < count; ++i)
        batch.events.push_back(make_event());
      result.events.push_back(std::move(batch));
    });
    repeat([&] { result.gaps.push_back({number32(), number(), moment(), moment()}); });
    repeat([&] { result.vanished_tasks.push_back(number()); });
    result.self = {number(), number(), number(), number(), number(), number()};
    return result;
  }

  resource_info make_resource() {
    resource_info result;
    result.id = number32();
    result.kind = text();
    result.name = text();
    result.gone = flag();
    result.state = text();
    repeat([&] {
      result.figures.push_back({text(), static_cast<double>(number()) / 7 - 1e6, flag()});
    });
    result.waiting = number();
    repeat([&] { result.waiters.push_back({number(), moment()}); });
    repeat([&] { result.holders.push_back({number(), moment()}); });
    result.wait = durations();
    result.cancelled = number();
    result.timed_out = number();
    result.closed = number();
    repeat([&] { result.occurrences.push_back({text(), number()}); });
    result.item_wait = durations();
    return result;
  }

  hello make_hello() {
    hello result;
    result.version = number32();
    result.program = text();
    result.pid = number32();
    result.started_realtime_ns = moment();
    result.host = text();
    result.build = text();
    result.clock = text();
    result.slow_threshold_ns = number();
    result.stall_threshold_ns = number();
    return result;
  }

 private:
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool flag() { return below(2) == 1; }

  /// Every magnitude is as likely as any other, zero and the largest included.
  std::uint64_t number() {
    const std::size_t bits = below(66);
    if (bits == 65) return ~std::uint64_t{0};
    return bits == 0 ? 0 : engine_() >> (64 - bits);
  }
  std::uint32_t number32() { return static_cast<std::uint32_t>(number()); }
  std::int64_t moment() { return static_cast<std::int64_t>(number()); }

  std::string text() {
    static constexpr const char* pieces[] = {
        "a",          "shop", "\xC3\xA4", "\xE2\x86\x92", "\xF0\x9F\x90\x8C",
        "<lambda()>", " ",    "\n",       "\x01"};
    std::string result;
    for (std::size_t left = below(6); left > 0; --left)
      result += pieces[below(std::size(pieces))];
    return result;
  }

  histogram durations() {
    histogram result;
    result.sum_ns = number();
    for (std::size_t left = below(8); left > 0; --left) {
      result.buckets[below(bucket_count)] = number();
    }
    return result;
  }

  event make_event() {
    event result;
    result.kind = static_cast<event_kind>(below(8));
    result.flags = static_cast<std::uint8_t>(number());
    result.loop = number32();
    result.site = number32();
    result.time_ns = moment();
    result.duration_ns = number();
    result.delay_ns = number();
    result.task = number32();
    result.operation = number32();
    return result;
  }

  report make_report() {
    report result;
    result.id = number();
    result.kind = static_cast<report_kind>(below(3));
    result.time_ns = moment();
    result.loop = number32();
    result.thread = number32();
    result.site = number32();
    result.task = number();
    result.duration_ns = number();
    result.delay_ns = number();
    result.ongoing = flag();
    result.message = text();
    result.culprit = text();
    result.stack = make_stack();
    result.cause = text();
    result.samples = number32();
    result.stack_count = number32();
    repeat([&] { result.other_stacks.push_back({make_stack(), number32()}); });
    repeat([&] { result.scopes.push_back(text()); });
    result.trace_id = text();
    repeat([&] { result.await_places.push_back({number32(), text(), text(), number32()}); });
    result.cpu_least_ns = number();
    result.cpu_most_ns = number();
    return result;
  }

  std::vector<stack_frame> make_stack() {
    std::vector<stack_frame> result;
    repeat([&] { result.push_back({number(), text(), text(), number32(), text(), flag()}); });
    return result;
  }

  template <typename Action>
  void repeat(Action action) {
    for (std::size_t left = below(5); left > 0; --left)
      action();
  }

  std::mt19937_64 engine_;
  std::size_t events_;
};

}  // namespace asioscope::schema::testing
