// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/event_loop_report.hpp"

#include <iomanip>
#include <sstream>

namespace asioscope::core {

std::string_view to_string(loop_state state) noexcept {
  switch (state) {
    case loop_state::ready:
      return "ready";
    case loop_state::running:
      return "running";
    case loop_state::stopping:
      return "stopping";
    case loop_state::closed:
      return "closed";
  }
  return "unknown";
}

std::string_view to_string(loop_end end) noexcept {
  switch (end) {
    case loop_end::finished:
      return "finished";
    case loop_end::stopped:
      return "stopped";
    case loop_end::failed:
      return "failed";
    case loop_end::shut_down:
      return "shut down";
    case loop_end::timed_out:
      return "shut down, but not in time";
    case loop_end::forced:
      return "shut down by force";
  }
  return "unknown";
}

std::string to_string(const slow_callback& callback) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(3);
  out << (callback.still_runs ? "a handler keeps thread " : "a handler kept thread ")
      << callback.thread << " for " << std::chrono::duration<double>(callback.time).count() << " s";
  if (callback.task.has_value()) out << ": task " << to_string(*callback.task);
  if (callback.suppressed > 0) out << " (" << callback.suppressed << " more were not reported)";
  return std::move(out).str();
}

std::string to_string(const loop_misuse& misuse) {
  std::ostringstream out;
  out << misuse.what << ", in thread " << misuse.thread;
  if (misuse.location.line != 0)
    out << ", at " << misuse.location.file << ':' << misuse.location.line;
  if (misuse.suppressed > 0) out << " (" << misuse.suppressed << " more were not reported)";
  return std::move(out).str();
}

std::string to_string(const loop_report& report) {
  std::ostringstream out;
  out << to_string(report.end) << '\n' << std::fixed << std::setprecision(2);
  for (const task_info& each : report.unfinished)
    out << "  task " << to_string(each) << '\n';
  for (const slow_callback& each : report.stuck)
    out << "  thread " << each.thread << " runs a handler for "
        << std::chrono::duration<double>(each.time).count() << " s\n";
  for (const std::string& each : report.waiting)
    out << "  " << each << '\n';
  const bool late = report.end == loop_end::timed_out || report.end == loop_end::forced;
  if (late && report.unfinished.empty() && report.stuck.empty())
    out << "  work that has no name: timers, sockets, posted handlers\n";
  return std::move(out).str();
}

}  // namespace asioscope::core
