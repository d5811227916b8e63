// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope::viewer {

enum class panel { overview, timeline, handlers, tasks, stalls, failures, resources };

struct panel_entry {
  panel which;
  const char* name;   ///< on the command line
  const char* title;  ///< on the tab
};

inline constexpr std::array<panel_entry, 7> panels = {{
    {panel::overview, "overview", "Overview"},
    {panel::timeline, "timeline", "Timeline"},
    {panel::handlers, "handlers", "Handlers"},
    {panel::tasks, "tasks", "Tasks"},
    {panel::stalls, "stalls", "Stalls"},
    {panel::failures, "failures", "Failures"},
    {panel::resources, "resources", "Resources"},
}};

[[nodiscard]] inline const panel_entry& entry_of(panel which) {
  for (const panel_entry& each : panels) {
    if (which == each.which) return each;
  }
  return panels.front();
}

[[nodiscard]] inline std::optional<panel> panel_named(std::string_view name) {
  for (const panel_entry& each : panels) {
    if (name == each.name) return each.which;
  }
  return std::nullopt;
}

/// "overview, timeline, handlers, tasks, stalls, failures, resources".
[[nodiscard]] inline std::string panel_names() {
  std::string result;
  for (const panel_entry& each : panels) {
    result += (result.empty() ? "" : ", ") + std::string(each.name);
  }
  return result;
}

}  // namespace asioscope::viewer
