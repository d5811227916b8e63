// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/task_record.hpp"
#include "asioscope/core/task_monitor_options.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

using task_record_ptr = std::shared_ptr<task_record>;

/// The tasks of a monitor, those that run and the last that have ended. Not thread-safe; moments
/// are given to it.
class task_list {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  /// \throws config_error
  explicit task_list(const task_monitor_options& options);
  ~task_list() { fresh_.clear(); }
  task_list(const task_list&) = delete;
  task_list& operator=(const task_list&) = delete;

  /// Gives it its number.
  void add(const task_record_ptr& record, nanoseconds now);
  /// It has run before, of that id, in O(log n); null: there is none.
  task_record_ptr find(task_id id) const;
  /// Of those that are remembered.
  task_record_ptr find_ended(task_id id) const;
  /// False: it was asked already. Either way it is to be cancelled.
  bool request_end(task_record& record, const task_canceller& by);

  /// \returns what is to be destroyed when the lock is free
  std::vector<task_record_ptr> end(task_record& record, const task_end& how, nanoseconds now);

  /// Those that are to be reported as slow now; when again, says each record.
  std::vector<task_record_ptr> take_slow(nanoseconds now);
  /// When there is one, at the earliest.
  std::optional<nanoseconds> next_slow() const;

  const std::map<task_id, task_record_ptr>& running() const noexcept { return running_; }
  const std::deque<task_record_ptr>& history() const noexcept { return history_; }
  task_monitor_counts counts() const;

 private:
  using by_age = boost::intrusive::list<
      task_record, boost::intrusive::member_hook<task_record, boost::intrusive::list_member_hook<>,
                                                 &task_record::in_time>>;

  nanoseconds slow_after_;
  std::size_t history_limit_;
  task_id last_id_ = 0;
  std::map<task_id, task_record_ptr> running_;
  /// Those that have never been reported: the oldest first, which is the next one.
  by_age fresh_;
  /// The others, by when they are next.
  std::set<std::pair<nanoseconds, task_id>> reported_;
  std::deque<task_record_ptr> history_;
  task_monitor_counts counts_;
};

}  // namespace asioscope::core::detail
