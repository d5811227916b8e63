// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/habits.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// What the window remembers from one time to the next.
struct settings {
  int width = 1'280;
  int height = 800;
  viewer::habits habits;
  std::vector<std::string> history;  ///< what was watched, see history

  friend bool operator==(const settings&, const settings&) = default;
};

/// asioscope/viewer.conf in the user's folder for such files; empty when there is none.
[[nodiscard]] std::filesystem::path settings_file();

/// What the file says, as far as it makes sense; else what is usual.
[[nodiscard]] settings load_settings(const std::filesystem::path& file);

/// What to write when several viewers end one after the other: what changed from `before` to `now`,
/// and all else as it stands in the file.
[[nodiscard]] settings merged(settings in_file, const settings& before, const settings& now);

/// Returns why it could not; nothing is lost then but a habit.
[[nodiscard]] std::string save_settings(const settings& kept, const std::filesystem::path& file);

}  // namespace asioscope::viewer
