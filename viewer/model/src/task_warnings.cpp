// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/task_warnings.hpp"

#include "task_findings.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::model {
namespace {

// Of its life, with which a task is said to be kept from running by others.
constexpr double starved_share = 0.5;
constexpr std::uint64_t starved_least_ns = limits::second_ns;

}  // namespace

task_judge::task_judge(const program& program) {
  for (const auto& [where, name] : program.task_names()) {
    if (const auto usual = usual_life_seconds(name.statistics())) usual_seconds_[where] = *usual;
  }
  std::vector<finding> leaks;
  find_leaked_tasks(program, leaks);
  for (const finding& leak : leaks)
    if (const schema::task_info* const oldest = program.tasks().find(leak.task))
      leaking_.insert({oldest->loop, oldest->site});
}

// `say(level, id, sentence)`, of which the sentence is a function: most who ask want a number.
template <class Say>
void task_judge::judge(const program& program, const schema::task_info& task, Say say) const {
  const std::int64_t now = program.time().monotonic_ns;
  const schema::hello& identity = program.identity();
  const auto stall_ns = static_cast<std::int64_t>(identity.stall_threshold_ns);
  const std::int64_t running_ns = task.run_since_ns == 0 ? 0 : now - task.run_since_ns;
  if (stall_ns != 0 && running_ns > stall_ns) {
    say(severity::critical, "task-blocks", [&] {
      return "It has been in one run for " + duration_text(seconds(running_ns)) +
             ": nothing else gets on that thread.";
    });
  }
  if (task.state == schema::task_state::failed) {
    say(severity::serious, "task-failed", [] { return std::string("An exception left it."); });
  }
  if (task.state == schema::task_state::abandoned) {
    say(severity::warning, "task-abandoned",
        [] { return std::string("It was destroyed before it could end."); });
  }
  if (const auto line = program.resources().wait_of(task.id);
      line && now - line->since_ns > long_wait_ns) {
    say(severity::serious, "task-in-line", [&] {
      return "It has waited for " + name_of(*line->resource) + " for " +
             duration_text(seconds(now - line->since_ns)) + ".";
    });
  }
  const std::int64_t end = schema::is_live(task.state) ? now : task.ended_ns;
  const double age = seconds(end - task.spawned_ns);
  const program::key name{task.loop, task.site};
  if (const auto usual = usual_seconds_.find(name); schema::is_live(task.state) &&
                                                    usual != usual_seconds_.end() &&
                                                    is_overdue(age, usual->second)) {
    say(severity::warning, "task-overdue", [&] {
      return "It lives for " + duration_text(age) + ", while 99 % of its name end within " +
             duration_text(usual->second) + ".";
    });
  }
  if (schema::is_live(task.state) && leaking_.contains(name) && is_like_leaked(program, task)) {
    say(severity::warning, "task-leak", [] {
      return std::string(
          "It has done nothing since it began, and of its name none has ever ended.");
    });
  }
  if (task.scheduled_ns > starved_least_ns &&
      seconds(static_cast<std::int64_t>(task.scheduled_ns)) > starved_share * age) {
    say(severity::warning, "task-starved", [&] {
      return "It was ready and waited for a thread for " + duration_text_ns(task.scheduled_ns) +
             " of " + duration_text(age) + ".";
    });
  }
  const std::uint64_t slow_ns = identity.slow_threshold_ns;
  if (slow_ns != 0 && task.longest_ns > slow_ns) {
    const bool is_stall = stall_ns != 0 && task.longest_ns > identity.stall_threshold_ns;
    say(is_stall ? severity::warning : severity::notice, "task-slow", [&] {
      return "Its longest run took " + duration_text_ns(task.longest_ns) + ", " +
             (is_stall ? "over the stall threshold of " + limit_text_ns(identity.stall_threshold_ns)
                       : "over the slow threshold of " + limit_text_ns(slow_ns)) +
             ".";
    });
  }
}

warning_count task_judge::count(const program& program, const schema::task_info& task) const {
  warning_count result;
  judge(program, task, [&](severity level, const char* /*id*/, const auto& /*sentence*/) {
    ++result.count;
    result.worst = std::max(result.worst, level);
  });
  return result;
}

std::vector<task_warning> task_judge::warnings(const program& program,
                                               const schema::task_info& task) const {
  std::vector<task_warning> result;
  judge(program, task, [&](severity level, const char* id, const auto& sentence) {
    result.push_back({level, id, sentence()});
  });
  std::ranges::stable_sort(result, std::ranges::greater(), &task_warning::level);
  return result;
}

}  // namespace asioscope::model
