// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Where observed programs and viewers of one user meet: a private folder with one Unix socket per
/// program, called NAME.PID.sock.
namespace asioscope::schema {

/// The folder for the sockets of this process: `$XDG_RUNTIME_DIR/asioscope`, else `asioscope-UID`
/// in the temporary folder. Need not exist.
[[nodiscard]] std::filesystem::path runtime_directory();

/// Creates `folder` for this user alone (mode 0700) unless it is there.
/// Errors: std::system_error when it cannot be created, belongs to somebody else, is a link, or
/// others may write into it.
void make_private_directory(const std::filesystem::path& folder);

/// The socket of a program in runtime_directory(). What a file name should not contain is replaced
/// by '_', a long name is cut.
[[nodiscard]] std::filesystem::path socket_path(std::string_view program, pid_t pid);

/// What a program is called that gives itself no name: its executable.
[[nodiscard]] std::string executable_name();

struct program_socket {
  std::string program;
  pid_t pid = 0;
  std::filesystem::path path;

  friend bool operator==(const program_socket&, const program_socket&) = default;
};

/// The sockets of this user's programs, by name and pid, wherever runtime_directory() may have been
/// for them. Those of processes that are no more are left out; whether the others answer is found
/// out by connecting. Folders and files that belong to somebody else are ignored.
[[nodiscard]] std::vector<program_socket> list_sockets();

/// Removes from `folder` what programs that ended without cleaning up left behind: sockets of
/// processes that are no more and that nobody answers at. Errors: none; what cannot be removed
/// stays.
void remove_stale_sockets(const std::filesystem::path& folder) noexcept;

}  // namespace asioscope::schema
