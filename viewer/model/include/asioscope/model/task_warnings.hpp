// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/findings.hpp"
#include "asioscope/model/program.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace asioscope::model {

/// Something about one task that its owner should look at.
struct task_warning {
  severity level = severity::notice;
  std::string id;  ///< stable, e.g. "task-overdue"
  std::string sentence;
};

/// How many a task has, and how bad the worst is.
struct warning_count {
  std::uint8_t count = 0;
  severity worst = severity::notice;

  friend bool operator==(const warning_count&, const warning_count&) = default;
};

/// Judges single tasks. What is usual among those of a name is looked up once, when it is made, so
/// that a million tasks can be judged.
class task_judge {
 public:
  task_judge() = default;
  explicit task_judge(const program& program);

  /// Of the program it was made with, or a later state of it.
  [[nodiscard]] warning_count count(const program& program, const schema::task_info& task) const;
  /// The worst first.
  [[nodiscard]] std::vector<task_warning> warnings(const program& program,
                                                   const schema::task_info& task) const;

 private:
  template <class Say>
  void judge(const program& program, const schema::task_info& task, Say say) const;

  std::map<program::key, double> usual_seconds_;  // 99 % of those of the name end within
  std::set<program::key> leaking_;                // names
};

}  // namespace asioscope::model
