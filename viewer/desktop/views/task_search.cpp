// SPDX-License-Identifier: BSL-1.0
#include "views/task_search.hpp"

#include "asioscope/model/names.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::viewer {

task_row row_of(const model::program& program, const schema::task_info& task) {
  const std::int64_t now = program.time().monotonic_ns;
  const std::int64_t end = task.ended_ns == 0 ? now : task.ended_ns;
  // The figures leave out the run that goes on now.
  const std::int64_t running = task.run_since_ns == 0 ? 0 : now - task.run_since_ns;
  const double this_run = std::max(0.0, static_cast<double>(running) / 1e9);
  task_row row;
  row.id = task.id;
  row.name = program.site_name(task.site);
  row.loop = program.loop_name(task.loop);
  row.state = task.state;
  row.age = std::max(0.0, static_cast<double>(end - task.spawned_ns) / 1e9);
  row.busy = static_cast<double>(task.busy_ns) / 1e9 + this_run;
  row.scheduled = static_cast<double>(task.scheduled_ns) / 1e9;
  row.idle = std::max(0.0, row.age - row.busy - row.scheduled);
  row.longest = std::max(static_cast<double>(task.longest_ns) / 1e9, this_run);
  row.runs = task.runs;
  row.parent = task.parent;
  return row;
}

std::string site_text(const model::program& program, std::uint64_t task) {
  const schema::await_place* const first = program.awaits().outermost(task);
  if (first == nullptr) return {};
  const std::size_t folder = first->file.rfind('/');
  const std::string file =
      folder == std::string::npos ? first->file : first->file.substr(folder + 1);
  return file.empty() ? first->function : first->function + ", " + file;
}

std::string waiting_text(const model::program& program, const schema::task_info& task) {
  return task.state == schema::task_state::suspended ? program.wait_text(task.id) : std::string();
}

std::string task_text(const model::program& program, const schema::task_info& task,
                      task_field field) {
  switch (field) {
    case task_field::name:
      return program.site_name(task.site);
    case task_field::state:
      return model::name_of(task.state);
    case task_field::site:
      return site_text(program, task.id);
    case task_field::waits:
      return program.wait_text(task.id);
    case task_field::id:
      return std::to_string(task.id);
    case task_field::loop:
      return program.loop_name(task.loop);
    case task_field::parent:
      break;
  }
  return task.parent == 0 ? std::string() : std::to_string(task.parent);
}

void task_search::begin(task_question question) {
  question_ = std::move(question);
  is_going_on_ = true;
  steps_ = 0;
  place_ = 0;
  matches_ = 0;
  live_matches_ = 0;
  rows_.clear();
}

void task_search::look_at(const model::program& program, const schema::task_info& task) {
  if (question_.is_wanted && !question_.is_wanted(task)) return;
  if (question_.parent && task.parent != *question_.parent) return;
  if (!question_.filter.is_empty() && !question_.filter.passes([&](std::size_t field) {
        return task_text(program, task, static_cast<task_field>(field));
      })) {
    return;
  }
  ++matches_;
  if (schema::is_live(task.state)) ++live_matches_;
  rows_.push_back(row_of(program, task));
  rows_.back().warnings = question_.judge.count(program, task);
  if (question_.asks_for_waiting) rows_.back().waiting = waiting_text(program, task);
  if (question_.asks_for_site) rows_.back().site = site_text(program, task.id);
  if (rows_.size() == 2 * most_rows) keep_first();
}

void task_search::keep_first() {
  if (rows_.size() <= most_rows) return;
  const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(most_rows);
  std::ranges::nth_element(rows_, last, question_.comes_first);
  rows_.erase(last, rows_.end());
}

bool task_search::step(const model::program& program) {
  ++steps_;
  const auto look = [&](const schema::task_info& task) { look_at(program, task); };
  // Those that have ended are few.
  if (question_.ended && steps_ == 1) program.tasks().for_each_ended(look);
  using clock = std::chrono::steady_clock;
  const clock::time_point end = clock::now() + portion_time;
  constexpr std::size_t between_looks_at_the_clock = 32;
  is_going_on_ = question_.live;
  for (std::size_t seen = 0; is_going_on_ && seen < portion; seen += between_looks_at_the_clock) {
    place_ = program.tasks().visit_live(place_, between_looks_at_the_clock, look);
    is_going_on_ = place_ != 0;
    if (clock::now() >= end) break;
  }
  return !is_going_on_;
}

std::vector<task_row> task_search::take() {
  keep_first();
  std::ranges::sort(rows_, question_.comes_first);
  return std::exchange(rows_, {});
}

}  // namespace asioscope::viewer
