// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/task_info.hpp"

#include <iomanip>
#include <sstream>

namespace asioscope::core {

std::string_view to_string(task_state state) noexcept {
  switch (state) {
    case task_state::created:
      return "created";
    case task_state::running:
      return "running";
    case task_state::suspended:
      return "suspended";
    case task_state::ended:
      return "ended";
  }
  return "unknown";
}

std::string_view to_string(task_outcome outcome) noexcept {
  switch (outcome) {
    case task_outcome::succeeded:
      return "succeeded";
    case task_outcome::failed:
      return "failed";
    case task_outcome::cancelled:
      return "cancelled";
    case task_outcome::destroyed:
      return "destroyed";
  }
  return "unknown";
}

std::string to_string(const task_info& task) {
  std::ostringstream out;
  out << '"' << task.name << "\" (" << task.id << "), " << to_string(task.state) << ", for "
      << std::fixed << std::setprecision(2)
      << std::chrono::duration<double>(task.running_time).count() << " s";
  if (task.location.line != 0) out << ", from " << task.location.file << ':' << task.location.line;
  return std::move(out).str();
}

}  // namespace asioscope::core
