// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/task_list.hpp"

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/failure.hpp"

#include <algorithm>
#include <limits>

namespace asioscope::core::detail {

namespace {

constexpr std::chrono::nanoseconds end_of_time = std::chrono::nanoseconds::max();

std::chrono::nanoseconds moment_after(std::chrono::nanoseconds moment,
                                      std::chrono::nanoseconds by) {
  return moment.count() > 0 && by > end_of_time - moment ? end_of_time : moment + by;
}

/// 1, 2, 4, 8… times as long; never, when that is more than there is.
std::chrono::nanoseconds doubled(const task_record& record, std::chrono::nanoseconds after) {
  const unsigned most = std::numeric_limits<std::int64_t>::digits;
  if (record.doublings >= most || after > end_of_time / (std::int64_t{1} << record.doublings))
    return end_of_time;
  return moment_after(record.created, after * (std::int64_t{1} << record.doublings));
}

}  // namespace

task_info describe_task(const task_record& record, std::optional<task_canceller> cancelled_by,
                        std::chrono::nanoseconds until, bool has_ended) {
  task_info info;
  info.id = record.id;
  info.name = record.name.empty() ? "task " + std::to_string(record.id) : record.name;
  info.parent = record.parent;
  info.runs = record.runs.load(std::memory_order_relaxed);
  if (has_ended)
    info.state = task_state::ended;
  else if (!record.has_begun.load(std::memory_order_relaxed))
    info.state = task_state::created;
  else if (record.is_running.load(std::memory_order_relaxed))
    info.state = task_state::running;
  else
    info.state = task_state::suspended;
  info.running_time = until - record.created;
  info.created_at = record.created_at;
  info.location = record.location;
  info.stack = record.stack;
  info.busy = std::chrono::nanoseconds(record.busy.load(std::memory_order_relaxed));
  info.longest = std::chrono::nanoseconds(record.longest.load(std::memory_order_relaxed));
  info.cancelled_by = std::move(cancelled_by);
  info.observed_as = record.observed_as.load(std::memory_order_relaxed);
  return info;
}

task_end::task_end(const std::exception_ptr& thrown) : outcome(task_outcome::succeeded) {
  if (thrown == nullptr) return;
  const failure what_happened = failure_of(thrown);
  outcome = is_cancellation(what_happened) ? task_outcome::cancelled : task_outcome::failed;
  error = what_happened.error;
  what = text_of(thrown);
}

task_list::task_list(const task_monitor_options& options)
    : slow_after_(options.slow_after), history_limit_(options.history) {
  require_config(slow_after_.count() >= 0, "task_monitor.slow_after", "must not be negative");
}

void task_list::add(const task_record_ptr& record, nanoseconds now) {
  record->id = last_id_ + 1;
  record->created = now;
  record->next_warning = slow_after_.count() > 0 ? doubled(*record, slow_after_) : end_of_time;
  running_.emplace_hint(running_.end(), record->id, record);
  ++last_id_;
  if (record->next_warning != end_of_time) fresh_.push_back(*record);
  counts_.running = running_.size();
}

task_record_ptr task_list::find(task_id id) const {
  const auto found = running_.find(id);
  return found == running_.end() ? nullptr : found->second;
}

task_record_ptr task_list::find_ended(task_id id) const {
  // The last ones are what one asks for.
  const auto found = std::find_if(history_.rbegin(), history_.rend(),
                                  [id](const auto& each) { return each->id == id; });
  return found == history_.rend() ? nullptr : *found;
}

bool task_list::request_end(task_record& record, const task_canceller& by) {
  if (record.cancelled_by.has_value()) return false;
  record.cancelled_by = by;
  return true;
}

std::vector<task_record_ptr> task_list::end(task_record& record, const task_end& how,
                                            nanoseconds now) {
  std::vector<task_record_ptr> dropped;
  const auto found = running_.find(record.id);
  if (found == running_.end()) return dropped;
  if (record.in_time.is_linked()) fresh_.erase(fresh_.iterator_to(record));
  reported_.erase({record.next_warning, record.id});
  record.ended = now;
  record.outcome = how.outcome;
  record.error = how.error;
  record.what = how.what;
  history_.push_back(std::move(found->second));
  running_.erase(found);
  while (history_.size() > history_limit_) {
    dropped.push_back(std::move(history_.front()));
    history_.pop_front();
  }
  counts_.running = running_.size();
  switch (how.outcome) {
    case task_outcome::succeeded:
      ++counts_.succeeded;
      break;
    case task_outcome::failed:
      ++counts_.failed;
      break;
    case task_outcome::cancelled:
      ++counts_.cancelled;
      break;
    case task_outcome::destroyed:
      ++counts_.destroyed;
      break;
  }
  return dropped;
}

std::vector<task_record_ptr> task_list::take_slow(nanoseconds now) {
  std::vector<task_record_ptr> due;
  while (!fresh_.empty() && fresh_.front().next_warning <= now) {
    due.push_back(find(fresh_.front().id));
    fresh_.pop_front();
    ++counts_.slow;
  }
  while (!reported_.empty() && reported_.begin()->first <= now) {
    due.push_back(find(reported_.begin()->second));
    reported_.erase(reported_.begin());
  }
  for (const task_record_ptr& each : due) {
    ++each->reports;
    // Those that a late look has passed are not made up for.
    do {
      ++each->doublings;
      each->next_warning = doubled(*each, slow_after_);
    } while (each->next_warning <= now && each->next_warning != end_of_time);
    if (each->next_warning != end_of_time) reported_.emplace(each->next_warning, each->id);
  }
  return due;
}

std::optional<std::chrono::nanoseconds> task_list::next_slow() const {
  std::optional<nanoseconds> next;
  if (!fresh_.empty()) next = fresh_.front().next_warning;
  if (!reported_.empty() && (!next.has_value() || reported_.begin()->first < *next))
    next = reported_.begin()->first;
  return next;
}

task_monitor_counts task_list::counts() const { return counts_; }

}  // namespace asioscope::core::detail
