// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/failures.hpp"

#include "asioscope/model/limits.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::model {

namespace {

void add_exceptions(const program& program, failure::kind of, const program::key& where,
                    std::uint64_t count, std::uint64_t lately, std::vector<failure>& result) {
  if (count == 0) return;
  failure added{.of = of, .where = where, .type = {}, .count = count};
  for (const auto& [id, report] : program.reports().by_id()) {
    const bool is_here = report.loop == where.first && failed_site(program, report) == where.second;
    if (report.kind == schema::report_kind::failure && is_here) added.reports.push_back(&report);
  }
  // Of what was before this viewer came there are reports only.
  const std::int64_t since = program.time().monotonic_ns - limits::minute_ns;
  const auto reported = std::ranges::count_if(
      added.reports, [&](const schema::report* each) { return each->time_ns >= since; });
  added.lately = std::max(lately, static_cast<std::uint64_t>(reported));
  std::ranges::reverse(added.reports);
  if (!added.reports.empty()) added.type = exception_type(added.reports.front()->message);
  result.push_back(std::move(added));
}

}  // namespace

std::vector<failure> failures_of(const program& program) {
  const std::int64_t since = program.start_of_last(limits::minute_ns);
  std::vector<failure> result;
  for (const auto& [where, each] : program.sites()) {
    const schema::site_statistics& now = each.statistics();
    add_exceptions(program, failure::kind::handler, where, now.failed, each.failed_since(since),
                   result);
    for (const schema::error_count& category : now.error_categories) {
      failure added{.of = failure::kind::error_code,
                    .where = where,
                    .type = category.category,
                    .count = category.count};
      if (now.error_categories.size() == 1) added.lately = each.errors_since(since);
      result.push_back(std::move(added));
    }
  }
  for (const auto& [where, each] : program.task_names()) {
    add_exceptions(program, failure::kind::task, where, each.statistics().failed,
                   each.failed_since(since), result);
  }
  return result;
}

std::uint32_t failed_site(const program& program, const schema::report& report) {
  const schema::task_info* const task =
      report.task == 0 ? nullptr : program.tasks().find(report.task);
  const bool failed = task != nullptr && task->state == schema::task_state::failed;
  return failed ? task->site : report.site;
}

std::string_view exception_type(std::string_view message) {
  return message.substr(0, message.find(": "));
}

std::string awaits_text(const schema::report& report) {
  std::string text;
  for (const schema::await_place& place : report.await_places) {
    text += (text.empty() ? "It left " : "then ") + place.function;
    if (!place.file.empty())
      text += ", which had come to " + place.file + ":" + std::to_string(place.line);
    text += "\n";
  }
  return text;
}

}  // namespace asioscope::model
