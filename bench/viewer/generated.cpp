// SPDX-License-Identifier: BSL-1.0
#include "generated.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>

namespace asioscope::bench {
namespace {

constexpr std::int64_t begin_ns = 1'000'000'000'000;
constexpr std::uint32_t handlers = 60;
constexpr std::uint32_t first_task_name = 100;
constexpr std::uint32_t task_names = 12;
constexpr std::uint32_t scope_site = 200;
constexpr std::size_t batch_events = 4'096;

schema::frame frame_at(std::int64_t now_ns) {
  schema::frame result;
  result.time = {now_ns, now_ns + 1'700'000'000'000'000'000};
  return result;
}

}  // namespace

schema::frame generated_program() {
  schema::frame result = frame_at(begin_ns);
  result.snapshot = true;
  result.snapshot_end = true;
  result.loops = {{1, "main", false}};
  for (std::uint32_t thread = 1; thread <= generated_threads; ++thread)
    result.threads.push_back({thread, static_cast<std::int32_t>(4'000 + thread), "worker", false});
  for (std::uint32_t site = 1; site <= handlers; ++site) {
    result.sites.push_back({site, schema::site_kind::handler,
                            "shop::session::on_event_" + std::to_string(site), "post"});
  }
  for (std::uint32_t name = 0; name < task_names; ++name) {
    result.sites.push_back({first_task_name + name, schema::site_kind::task,
                            "GET /items/" + std::to_string(name), ""});
  }
  // Enough of each have ended that those which live on can be told from them.
  for (std::uint32_t name = 0; name < task_names; ++name) {
    schema::task_statistics& figures = result.task_stats.emplace_back();
    figures.loop = 1;
    figures.site = first_task_name + name;
    figures.spawned = 10'000'000;
    figures.finished = 9'000'000;
    for (int ended = 0; ended < 100; ++ended)
      figures.duration.record(10'000'000'000);
  }
  result.sites.push_back({scope_site, schema::site_kind::scope, "parse", ""});
  return result;
}

std::vector<schema::frame> generated_trace(std::size_t count) {
  std::mt19937 random(7);
  const auto number = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  std::vector<schema::frame> frames;
  std::array<std::int64_t, generated_threads> now{};
  now.fill(begin_ns);
  // Most runs post the next one on their thread, and a number is used again.
  constexpr std::uint32_t numbers = 50'000;
  std::array<std::uint32_t, generated_threads> posted{};
  std::uint32_t posts = 0;
  for (std::size_t made = 0; made < count;) {
    schema::frame frame;
    frame.tracing = true;
    for (std::uint32_t thread = 1; thread <= generated_threads && made < count; ++thread) {
      std::int64_t& at = now[thread - 1];
      schema::event_batch batch{thread, {}};
      while (batch.events.size() < batch_events && made < count) {
        schema::event run;
        // Mostly short, some long, as handlers are.
        run.duration_ns = static_cast<std::uint64_t>(
            std::min(5e6, 200 * std::exp(std::exponential_distribution<>(0.9)(random))));
        at += 50 + static_cast<std::int64_t>(random() % 2'000);
        run.time_ns = at;
        run.loop = 1;
        run.site = 1 + number(handlers);
        run.task = 1 + number(500);
        run.flags = schema::run_flag_delay;
        run.delay_ns = random() % 20'000;
        std::uint32_t& next = posted[thread - 1];
        run.operation = next != 0 ? next : ++posts % numbers + 1;
        next = 0;
        if (random() % 8 != 0) {
          schema::event creation;
          creation.kind = schema::event_kind::created;
          creation.loop = 1;
          creation.time_ns = at + static_cast<std::int64_t>(run.duration_ns / 2);
          creation.operation = next = ++posts % numbers + 1;
          batch.events.push_back(creation);
        }
        at += static_cast<std::int64_t>(run.duration_ns);
        if (random() % 8 == 0) {
          schema::event scope = run;
          scope.kind = schema::event_kind::span;
          scope.flags = 0;
          scope.delay_ns = 0;
          scope.site = scope_site;
          scope.time_ns += static_cast<std::int64_t>(run.duration_ns / 4);
          scope.duration_ns /= 2;
          batch.events.push_back(scope);
          ++made;
        }
        batch.events.push_back(run);
        ++made;
      }
      frame.events.push_back(std::move(batch));
    }
    frame.time = frame_at(*std::ranges::max_element(now)).time;
    frames.push_back(std::move(frame));
  }
  return frames;
}

std::vector<schema::frame> generated_tasks(std::size_t count) {
  std::mt19937 random(11);
  const auto number = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  std::vector<schema::frame> frames;
  for (std::uint64_t id = 1; id <= count;) {
    schema::frame frame = frame_at(begin_ns + 60'000'000'000);
    for (; id <= count && frame.tasks.size() < 100'000; ++id) {
      schema::task_info task;
      task.id = id;
      task.site = first_task_name + number(task_names);
      // Of each ten, one spawned four, the last of which five that spawn each other.
      if (id % 10 != 0) task.parent = id % 10 < 5 ? id - id % 10 : id - 1;
      task.loop = 1;
      task.state = schema::task_state::suspended;
      task.spawned_ns = begin_ns + static_cast<std::int64_t>(random() % 1'000'000'000);
      task.suspended_since_ns = task.spawned_ns + 1'000'000;
      task.runs = random() % 100;
      task.busy_ns = random() % 10'000'000;
      task.longest_ns = task.busy_ns / 3;
      frame.tasks.push_back(task);
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

}  // namespace asioscope::bench
