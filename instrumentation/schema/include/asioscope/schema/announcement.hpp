// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Where the metrics of this user's programs are: beside its socket, a program puts a file called
/// NAME.PID.metrics, of two lines: the address of its metrics and its whole name. It keeps the file
/// locked (flock) for as long as it serves, so that nobody takes what a dead program left for a
/// living one, whoever has its process id by now.
namespace asioscope::schema {

struct announcement {
  std::string program;
  pid_t pid = 0;
  std::string metrics;  ///< "http://127.0.0.1:9464/metrics", or "unix:" and a path

  friend bool operator==(const announcement&, const announcement&) = default;
};

/// The file of a program in runtime_directory().
[[nodiscard]] std::filesystem::path announcement_path(std::string_view program, pid_t pid);

/// What to write into it.
[[nodiscard]] std::string to_text(const announcement& value);

/// The programs of this user that serve metrics now, by name and pid. Folders and files that belong
/// to somebody else are ignored, and what cannot be read.
[[nodiscard]] std::vector<announcement> list_announcements();

/// Removes from `folder` the files of programs that serve no more. Errors: none; what cannot be
/// removed stays.
void remove_stale_announcements(const std::filesystem::path& folder) noexcept;

}  // namespace asioscope::schema
