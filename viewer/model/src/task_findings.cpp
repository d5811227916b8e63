// SPDX-License-Identifier: BSL-1.0
#include "task_findings.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace asioscope::model {
namespace {

// Of a leak: what is younger may still get to do something.
constexpr std::int64_t old_ns = 10 * limits::second_ns;
// So long after its spawn a task may be busy beginning.
constexpr std::int64_t beginning_ns = limits::second_ns;
constexpr std::uint64_t fewest_leaked = 3;
// What a program makes at its start is there to stay: a leak goes on.
constexpr std::int64_t least_spread_ns = 10 * limits::second_ns;

// Overdue: so many times as long as nearly all others, of which so many must be known.
constexpr double overdue_times = 20;
constexpr std::uint64_t fewest_known = 20;

// Of a million tasks the first will do: a finding says that something is wrong, not how often.
constexpr std::size_t most_looked_at = 5'000;

// Waits for somebody else to say something: an idle connection is no leak.
bool waits_for_a_peer(const program& program, std::uint64_t task) {
  const std::string operation = program.awaits().operation(task);
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"receive", "read", "accept", "signal"},
      [&](std::string_view word) { return operation.find(word) != std::string::npos; });
}

// A task that was begun within the run of another one has no run of its own until it goes on.
std::int64_t idle_since_ns(const schema::task_info& task) {
  return task.suspended_since_ns == 0 ? task.spawned_ns : task.suspended_since_ns;
}

bool did_nothing_but_begin(const schema::task_info& task) {
  return task.state == schema::task_state::suspended &&
         (task.suspended_since_ns != 0 || task.runs == 0) &&
         idle_since_ns(task) - task.spawned_ns < beginning_ns;
}

struct suspects {
  std::uint64_t old = 0;   // that are no longer young
  std::uint64_t idle = 0;  // of these: did nothing but begin, and do not wait for a peer
  std::uint64_t spawned_lately = 0;
  const schema::task_info* oldest = nullptr;
  std::int64_t latest_ns = 0;  // when the youngest was spawned

  void note(const schema::task_info& task) {
    if (oldest == nullptr || task.spawned_ns < oldest->spawned_ns) oldest = &task;
  }
};

template <class Map, class Visitor>
void for_each_live_of(const program& program, Map& names, Visitor visitor) {
  if (names.empty()) return;
  program.tasks().visit_live(0, most_looked_at, [&](const schema::task_info& task) {
    const auto found = names.find({task.loop, task.site});
    if (found != names.end()) visitor(found->second, task);
  });
}

// " It waits: async_wait in wait_for_godot, sick.cpp:71."
std::string where_it_waits(const program& program, const schema::task_info& task) {
  const std::string text = program.wait_text(task.id);
  return text.empty() ? "" : " It waits: " + text + ".";
}

}  // namespace

std::optional<double> usual_life_seconds(const schema::task_statistics& name) {
  if (name.duration.count() < fewest_known) return std::nullopt;
  return name.duration.quantile_seconds(0.99);
}

bool is_overdue(double age_seconds, double usual_seconds) {
  return age_seconds >= seconds(old_ns) && age_seconds >= overdue_times * usual_seconds;
}

bool is_like_leaked(const program& program, const schema::task_info& task) {
  return program.time().monotonic_ns - task.spawned_ns >= old_ns && did_nothing_but_begin(task) &&
         !waits_for_a_peer(program, task.id);
}

void find_leaked_tasks(const program& program, std::vector<finding>& result) {
  const std::int64_t now = program.time().monotonic_ns;
  // The tasks themselves tell when they were spawned, also before this viewer came.
  std::map<program::key, suspects> names;
  for (const auto& [where, name] : program.task_names()) {
    const schema::task_statistics& figures = name.statistics();
    if (figures.finished == 0 && figures.spawned >= fewest_leaked) names.try_emplace(where);
  }
  for_each_live_of(program, names, [&](suspects& found, const schema::task_info& task) {
    found.latest_ns = std::max(found.latest_ns, task.spawned_ns);
    if (now - task.spawned_ns < limits::minute_ns) ++found.spawned_lately;
    if (now - task.spawned_ns < old_ns) return;
    ++found.old;
    const bool is_cleared = found.idle + 1 < found.old;  // by another one
    if (is_cleared || !is_like_leaked(program, task)) return;
    ++found.idle;
    found.note(task);
  });
  for (const auto& [where, found] : names) {
    if (found.spawned_lately < fewest_leaked) continue;
    if (found.idle < fewest_leaked || found.idle != found.old ||
        found.latest_ns - found.oldest->spawned_ns < least_spread_ns) {
      continue;
    }
    const std::uint64_t live = program.task_names().at(where).statistics().spawned;
    result.push_back(
        {.level = severity::warning,
         .id = "task-leak",
         .count = live,
         .sentence = plural(live, "task ", "tasks ") + program.site_name(where.second) +
                     " live and none has ever ended: the oldest has done nothing for " +
                     duration_text(seconds(now - idle_since_ns(*found.oldest))) + "." +
                     where_it_waits(program, *found.oldest),
         .task = found.oldest->id});
  }
}

void find_overdue_tasks(const program& program, std::vector<finding>& result) {
  const std::int64_t now = program.time().monotonic_ns;
  struct overdue : suspects {
    double usual_seconds = 0;
  };
  std::map<program::key, overdue> names;
  for (const auto& [where, name] : program.task_names()) {
    const schema::task_statistics& figures = name.statistics();
    if (figures.spawned <= figures.finished) continue;
    if (const auto usual = usual_life_seconds(figures)) names[where].usual_seconds = *usual;
  }
  for_each_live_of(program, names, [&](overdue& found, const schema::task_info& task) {
    const double age = seconds(now - task.spawned_ns);
    if (!is_overdue(age, found.usual_seconds)) return;
    ++found.old;
    found.note(task);
  });
  for (const auto& [where, found] : names) {
    if (found.old == 0) continue;
    result.push_back(
        {.level = severity::warning,
         .id = "task-overdue",
         .count = found.old,
         .sentence = std::string(program.tasks().live() > most_looked_at ? "At least " : "") +
                     plural(found.old, "task ", "tasks ") + program.site_name(where.second) +
                     (found.old == 1 ? " lives" : " live") +
                     " for far longer than others of that name: the oldest for " +
                     duration_text(seconds(now - found.oldest->spawned_ns)) +
                     ", while 99 % end within " + duration_text(found.usual_seconds) + "." +
                     where_it_waits(program, *found.oldest),
         .task = found.oldest->id});
  }
}

}  // namespace asioscope::model
