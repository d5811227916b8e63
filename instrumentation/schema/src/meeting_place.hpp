// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::schema {

/// NAME.PID and the suffix; what a file name should not contain is replaced, a long name is cut.
std::string meeting_file_name(std::string_view program, pid_t pid, std::string_view suffix);

struct meeting_file {
  std::string program;
  pid_t pid = 0;
  std::filesystem::path path;
};

/// The files in `folder` whose names are made like that; none when others may write there.
std::vector<meeting_file> meeting_files_in(const std::filesystem::path& folder,
                                           std::string_view suffix);

/// Wherever runtime_directory() may have been for this user's programs.
std::vector<std::filesystem::path> meeting_places();

}  // namespace asioscope::schema
