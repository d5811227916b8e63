// SPDX-License-Identifier: BSL-1.0
#include "views/task_groups.hpp"

#include "views/task_search.hpp"

#include <algorithm>
#include <chrono>

namespace asioscope::viewer {

void task_groups_search::begin() {
  is_going_on_ = true;
  steps_ = 0;
  place_ = 0;
  groups_.clear();
}

void task_groups_search::look_at(const model::program& program, const schema::task_info& task) {
  const model::program::key where{task.loop, task.site};
  const auto known = groups_.find(where);
  if (known == groups_.end() && groups_.size() >= model::limits::site_statistics) return;
  task_group& group = known == groups_.end() ? groups_[where] : known->second;
  const std::int64_t now = program.time().monotonic_ns;
  const auto past = [now](std::int64_t since) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(now - since, 0));
  };
  // The figures leave out the run that goes on now.
  group.busy.record(task.busy_ns + (task.run_since_ns == 0 ? 0 : past(task.run_since_ns)));
  group.scheduled.record(task.scheduled_ns);
  if (!schema::is_live(task.state)) return;
  group.age.record(past(task.spawned_ns));
  if (task.state == schema::task_state::running) {
    ++group.running;
  } else if (task.state == schema::task_state::ready) {
    ++group.ready;
  } else {
    ++group.suspended;
  }
}

bool task_groups_search::step(const model::program& program) {
  ++steps_;
  using clock = std::chrono::steady_clock;
  const clock::time_point end = clock::now() + task_search::portion_time;
  const auto look = [&](const schema::task_info& task) { look_at(program, task); };
  // Those that have ended are few.
  if (steps_ == 1) program.tasks().for_each_ended(look);
  do {
    constexpr std::size_t between_looks_at_the_clock = 32;
    place_ = program.tasks().visit_live(place_, between_looks_at_the_clock, look);
    is_going_on_ = place_ != 0;
  } while (is_going_on_ && clock::now() < end);
  return !is_going_on_;
}

}  // namespace asioscope::viewer
