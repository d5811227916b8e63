// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/findings.hpp"

#include "task_findings.hpp"
#include "trend.hpp"

#include "asioscope/model/failures.hpp"
#include "asioscope/model/limits.hpp"
#include "asioscope/model/units.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace asioscope::model {
namespace {

using findings = std::vector<finding>;

// The program says its thresholds; these hold when it does not.
constexpr std::uint64_t usual_slow_ns = 2'000'000;
constexpr std::uint64_t usual_stall_ns = 25'000'000;

constexpr double saturated = 0.9;
constexpr std::int64_t saturated_for_ns = 5 * limits::second_ns;
constexpr std::uint64_t backlog = 1'000;
constexpr std::int64_t stuck_ns = 2 * limits::second_ns;
constexpr std::int64_t growth_ns = 30 * limits::second_ns;

std::string times(std::uint64_t count) {
  if (count == 1) return "once";
  if (count == 2) return "twice";
  return count_text(count) + " times";
}

// "block() in POST /sick/block", as far as it is known.
std::string who_blocks(const program& program, const schema::report& report) {
  const std::string handler = report.site == 0 ? std::string() : program.site_name(report.site);
  if (report.culprit.empty()) return handler.empty() ? "a handler" : handler;
  if (handler.empty() || handler == report.culprit) return report.culprit;
  return report.culprit + " in " + handler;
}

bool stalls_now(const program& program, std::uint32_t loop) {
  return std::ranges::any_of(program.reports().by_id(), [&](const auto& item) {
    return item.second.ongoing && item.second.loop == loop;
  });
}

void find_stalls_going_on(const program& program, findings& result) {
  for (const auto& [id, report] : program.reports().by_id()) {
    if (report.kind != schema::report_kind::stall || !report.ongoing) continue;
    const double so_far = seconds(program.time().monotonic_ns - report.time_ns);
    result.push_back({.level = severity::critical,
                      .id = "stall-now",
                      .sentence = "A thread of loop " + program.loop_name(report.loop) +
                                  " has been blocked for " + duration_text(so_far) + " by " +
                                  who_blocks(program, report) + ".",
                      .report = id,
                      .site = report.site});
  }
}

void find_stalls(const program& program, findings& result) {
  const std::int64_t since = program.time().monotonic_ns - limits::minute_ns;
  for (const auto& [id, loop] : program.loops()) {
    const std::uint64_t count = loop.stalls_over(limits::minute_ns);
    const schema::report* longest = nullptr;
    for (const auto& [report_id, report] : program.reports().by_id()) {
      if (report.kind != schema::report_kind::stall || report.loop != id || report.ongoing ||
          report.time_ns < since) {
        continue;
      }
      if (longest == nullptr || report.duration_ns > longest->duration_ns) longest = &report;
    }
    if (count == 0 || (longest == nullptr && stalls_now(program, id))) continue;
    finding found{.level = severity::serious, .id = "stall", .count = count, .sentence = {}};
    found.sentence =
        "Loop " + program.loop_name(id) + " was blocked " + times(count) + " in the last minute";
    if (longest != nullptr) {
      found.sentence += ", up to " + duration_text_ns(longest->duration_ns) + " by " +
                        who_blocks(program, *longest);
      found.report = longest->id;
      found.site = longest->site;
    }
    found.sentence += ".";
    result.push_back(std::move(found));
  }
}

// A loop that has work and does not do it, although no handler of it runs too long.
void find_stuck_loops(const program& program, findings& result) {
  for (const auto& [id, loop] : program.loops()) {
    const schema::loop_statistics& now = loop.statistics();
    const std::int64_t quiet = program.time().monotonic_ns - now.last_progress_ns;
    if (loop.info().gone || now.pending == 0 || now.last_progress_ns == 0 || quiet < stuck_ns ||
        stalls_now(program, id)) {
      continue;
    }
    const std::string waiting = plural(now.pending, "handler waits", "handlers wait");
    const bool abandoned = now.threads == 0;
    result.push_back({.level = severity::serious,
                      .id = "no-progress",
                      .count = now.pending,
                      .sentence = "Loop " + program.loop_name(id) + " has done nothing for " +
                                  duration_text(seconds(quiet)) + " although " + waiting +
                                  (abandoned ? ": no thread runs it." : ".")});
  }
}

void find_failures(const program& program, findings& result) {
  struct failing {
    std::uint64_t count = 0;
    std::uint64_t reported = 0;  // in the last minute, also before this viewer came
    const schema::report* last = nullptr;
  };
  const std::int64_t since = program.start_of_last(limits::minute_ns);
  std::map<std::uint32_t, failing> sites;
  for (const auto& [where, each] : program.sites()) {
    if (const std::uint64_t count = each.failed_since(since)) sites[where.second].count += count;
  }
  for (const auto& [where, each] : program.task_names()) {
    if (const std::uint64_t count = each.failed_since(since)) sites[where.second].count += count;
  }
  for (const auto& [id, report] : program.reports().by_id()) {
    if (report.kind != schema::report_kind::failure) continue;
    const std::uint32_t site = failed_site(program, report);
    const bool is_recent = report.time_ns >= program.time().monotonic_ns - limits::minute_ns;
    if (is_recent) ++sites[site].reported;
    if (const auto found = sites.find(site); found != sites.end()) found->second.last = &report;
  }
  for (const auto& [site, failure] : sites) {
    const std::uint64_t count = std::max(failure.count, failure.reported);
    finding found{.level = severity::serious,
                  .id = "exception",
                  .count = count,
                  .sentence = {},
                  .site = site};
    found.sentence =
        "An exception left " + program.site_name(site) + " " + times(count) + " in the last minute";
    if (failure.last != nullptr) {
      found.report = failure.last->id;
      if (!failure.last->message.empty()) found.sentence += ": " + failure.last->message;
    }
    if (!found.sentence.ends_with('.')) found.sentence += ".";
    result.push_back(std::move(found));
  }
}

void find_load(const program& program, findings& result) {
  const std::uint64_t stall = program.identity().stall_threshold_ns;
  const double late_seconds = static_cast<double>(stall == 0 ? usual_stall_ns : stall) / 1e9;
  for (const auto& [id, loop] : program.loops()) {
    if (loop.info().gone) continue;
    const std::string name = "Loop " + program.loop_name(id);
    const std::optional<double> busy = loop.utilisation_over(saturated_for_ns);
    if (busy && *busy >= saturated) {
      result.push_back({.level = severity::warning,
                        .id = "saturated",
                        .sentence = name + " is " + percent_text(*busy) +
                                    " busy; everything on it waits its turn."});
    }
    if (const std::uint64_t pending = loop.statistics().pending; pending >= backlog) {
      result.push_back({.level = severity::warning,
                        .id = "backlog",
                        .count = pending,
                        .sentence = count_text(pending) + " handlers wait on loop " +
                                    program.loop_name(id) + "."});
    }
    const schema::histogram lag = loop.lag_since(program.window_start_ns());
    const double late = lag.quantile_seconds(0.99);
    if (lag.count() != 0 && late > late_seconds) {
      result.push_back({.level = severity::warning,
                        .id = "late",
                        .count = lag.count(),
                        .sentence = "Timers on loop " + program.loop_name(id) + " run up to " +
                                    duration_text(late) + " late."});
    }
  }
}

void find_slow_handlers(const program& program, findings& result) {
  const std::uint64_t threshold = program.identity().slow_threshold_ns;
  const std::string limit = limit_text_ns(threshold == 0 ? usual_slow_ns : threshold);
  const std::int64_t since = program.window_start_ns();
  for (const auto& [where, each] : program.sites()) {
    if (each.slow_since(since) == 0) continue;
    // A handler that stalled is named already, in stronger words.
    const std::uint32_t id = where.second;
    if (std::ranges::any_of(result, [id](const finding& found) { return found.site == id; })) {
      continue;
    }
    const schema::site_statistics lately = each.since(since);
    result.push_back({.level = severity::warning,
                      .id = "slow-handler",
                      .count = lately.slow,
                      .sentence = program.site_name(where.second) + " ran over " + limit + " " +
                                  times(lately.slow) + " in the last 10 s; the longest took " +
                                  duration_text_ns(lately.longest_ns) + ".",
                      .site = where.second});
  }
}

// ", held longest by task 12 shop::checkout for 5.1 s".
std::string longest_holder(const program& program, const schema::resource_info& info) {
  const schema::resource_use* oldest = nullptr;
  for (const schema::resource_use& each : info.holders)
    if (each.task != 0 && (oldest == nullptr || each.since_ns < oldest->since_ns)) oldest = &each;
  if (oldest == nullptr) return {};
  const schema::task_info* const task = program.tasks().find(oldest->task);
  const std::string name = task == nullptr ? std::string() : program.site_name(task->site) + " ";
  return "; held longest by " + name + "(task " + std::to_string(oldest->task) + "), for " +
         duration_text(seconds(program.time().monotonic_ns - oldest->since_ns));
}

void find_exhausted_resources(const program& program, findings& result) {
  for (const auto& [id, each] : program.resources().by_id()) {
    const schema::resource_info& info = each.info();
    const auto load = load_of(info);
    const std::int64_t waited = each.longest_wait_ns(program.time().monotonic_ns);
    // An idle consumer of a queue waits for long, too.
    if (info.gone || !load || !load->is_full() || waited < long_wait_ns) continue;
    result.push_back({.level = severity::serious,
                      .id = "exhausted",
                      .count = info.waiting,
                      .sentence = name_of(info) + " is exhausted: all " +
                                  amount_text(load->capacity) + " in use, " +
                                  plural(info.waiting, "operation waits", "operations wait") +
                                  ", the first for " + duration_text(seconds(waited)) +
                                  longest_holder(program, info) + ".",
                      .resource = id});
  }
}

void find_open_breakers(const program& program, findings& result) {
  for (const auto& [id, each] : program.resources().by_id()) {
    const schema::resource_info& info = each.info();
    if (info.gone || info.kind != "circuit_breaker" ||
        (info.state != "open" && info.state != "forced_open"))
      continue;
    result.push_back({.level = severity::serious,
                      .id = "breaker-open",
                      .sentence = name_of(info) + " is " +
                                  (info.state == "open" ? "open" : "forced open") +
                                  ": calls are rejected without an attempt.",
                      .resource = id});
  }
}

void find_growing_queues(const program& program, findings& result) {
  const std::int64_t since = program.time().monotonic_ns - growth_ns;
  const auto find = [&](const auto& samples, auto value, const std::string& what,
                        std::optional<std::uint32_t> resource) {
    std::vector<double> lately;
    for (std::size_t index = 0; index < samples.size(); ++index)
      if (samples[index].at_ns >= since) lately.push_back(value(samples[index]));
    const bool is_whole = samples.size() > lately.size();
    if (!is_whole || !grows(lately)) return;
    result.push_back({.level = severity::warning,
                      .id = "growing",
                      .count = static_cast<std::uint64_t>(lately.back()),
                      .sentence = what + " has grown for " + duration_text(seconds(growth_ns)) +
                                  ", from " + amount_text(lately.front()) + " to " +
                                  amount_text(lately.back()) + ": more comes in than is done.",
                      .resource = resource});
  };
  for (const auto& [id, loop] : program.loops()) {
    if (loop.info().gone || loop.statistics().pending >= backlog) continue;
    find(loop.samples(), [](const loop_sample& each) { return static_cast<double>(each.pending); },
         "The queue of loop " + program.loop_name(id), {});
  }
  for (const auto& [id, each] : program.resources().by_id()) {
    if (each.info().gone) continue;
    find(
        each.samples(), [](const resource_sample& sample) { return sample.waiting; },
        "The line at " + name_of(each.info()), id);
    if (each.info().kind.starts_with("queue"))
      find(
          each.samples(), [](const resource_sample& sample) { return sample.used; },
          name_of(each.info()), id);
  }
}

// What the trace does not show although somebody looks at it.
void find_lost_events(const program& program, findings& result) {
  std::uint64_t lost = 0;
  const std::int64_t since = program.time().monotonic_ns - limits::window_ns;
  for (std::size_t index = 0; index < program.gaps().size(); ++index)
    if (program.gaps()[index].to_ns >= since) lost += program.gaps()[index].count;
  if (lost == 0) return;
  result.push_back({.level = severity::notice,
                    .id = "events-lost",
                    .count = lost,
                    .sentence = plural(lost, "event was", "events were") +
                                " overwritten in the last 10 s before this viewer could take them: "
                                "the timeline has gaps. The figures are complete."});
}

void find_blind_spots(const program& program, findings& result) {
  const auto note = [&](const char* id, std::uint64_t count, const std::string& sentence) {
    if (count != 0) {
      result.push_back({.level = severity::notice, .id = id, .count = count, .sentence = sentence});
    }
  };
  const schema::telemetry& self = program.self();
  note("sites-overflow", self.site_overflow,
       plural(self.site_overflow, "handler site is", "handler sites are") +
           " not told apart: the table is full.");
  note("tasks-overflow", self.task_overflow,
       plural(self.task_overflow, "task is", "tasks are") +
           " counted but not listed: the table is full.");
  note("reports-suppressed", self.reports_suppressed,
       plural(self.reports_suppressed, "report was", "reports were") +
           " not delivered because of the rate limit.");
  note("not-shown", program.refused(),
       plural(program.refused(), "record is", "records are") +
           " not shown: the viewer's tables are full.");
}

}  // namespace

std::vector<finding> find_what_is_wrong(const program& program) {
  findings result;
  if (!program.complete()) return result;
  find_stalls_going_on(program, result);
  find_stalls(program, result);
  find_stuck_loops(program, result);
  find_failures(program, result);
  find_load(program, result);
  find_slow_handlers(program, result);
  find_exhausted_resources(program, result);
  find_open_breakers(program, result);
  find_growing_queues(program, result);
  find_leaked_tasks(program, result);
  find_overdue_tasks(program, result);
  find_lost_events(program, result);
  find_blind_spots(program, result);
  std::ranges::stable_sort(result, [](const finding& left, const finding& right) {
    return std::tuple(left.level, left.count) > std::tuple(right.level, right.count);
  });
  return result;
}

}  // namespace asioscope::model
