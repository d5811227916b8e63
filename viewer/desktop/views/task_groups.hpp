// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"
#include "asioscope/schema/histogram.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace asioscope::viewer {

/// The tasks of one name on one loop, one by one: those that live, and for `busy` and `scheduled`
/// also those that ended lately.
struct task_group {
  std::uint64_t running = 0;
  std::uint64_t ready = 0;
  std::uint64_t suspended = 0;
  schema::histogram age;        ///< of those that live
  schema::histogram busy;       ///< of each, all its runs together
  schema::histogram scheduled;  ///< of each, all it waited for a thread
};

using task_groups = std::map<model::program::key, task_group>;

/// Adds up perhaps a million tasks, a portion for each picture.
class task_groups_search {
 public:
  void begin();
  /// True when all have been looked at: then take().
  bool step(const model::program& program);
  [[nodiscard]] bool is_going_on() const { return is_going_on_; }
  [[nodiscard]] std::size_t steps() const { return steps_; }
  [[nodiscard]] task_groups take() { return std::exchange(groups_, {}); }

 private:
  void look_at(const model::program& program, const schema::task_info& task);

  bool is_going_on_ = false;
  std::size_t steps_ = 0;
  std::size_t place_ = 0;
  task_groups groups_;
};

}  // namespace asioscope::viewer
