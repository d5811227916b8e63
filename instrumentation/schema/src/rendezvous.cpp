// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/rendezvous.hpp"

#include "meeting_place.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <tuple>

namespace asioscope::schema {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view socket_suffix = ".sock";

/// sun_path has 108 bytes for folder, name, pid and suffix together.
constexpr std::size_t longest_name = 40;

std::optional<fs::path> session_folder() {
  const char* const base = std::getenv("XDG_RUNTIME_DIR");
  if (base == nullptr || base[0] != '/')
    return std::nullopt;  // the XDG specification: ignore if relative
  return fs::path{base} / "asioscope";
}

fs::path folder_in(const fs::path& temporary) {
  return temporary / ("asioscope-" + std::to_string(::getuid()));
}

fs::path temporary_folder() {
  std::error_code error;
  const fs::path found = fs::temp_directory_path(error);
  return error ? fs::path{"/tmp"} : found;
}

/// A folder of ours that nobody else can put anything into.
bool is_private(const struct stat& status) {
  return S_ISDIR(status.st_mode) && status.st_uid == ::getuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool is_our_socket(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) &&
         status.st_uid == ::getuid();
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

std::optional<meeting_file> parse(const fs::path& path, std::string_view suffix) {
  const std::string file = path.filename().string();
  if (!file.ends_with(suffix)) return std::nullopt;
  const std::string_view stem{file.data(), file.size() - suffix.size()};
  const std::size_t dot = stem.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  pid_t pid = 0;
  const char* const end = stem.data() + stem.size();
  const auto [stopped, error] = std::from_chars(stem.data() + dot + 1, end, pid);
  if (error != std::errc{} || stopped != end || pid <= 0) return std::nullopt;
  return meeting_file{std::string{stem.substr(0, dot)}, pid, path};
}

/// The sockets in `folder`; none when it is not private.
std::vector<program_socket> sockets_in(const fs::path& folder) {
  std::vector<program_socket> result;
  for (meeting_file& each : meeting_files_in(folder, socket_suffix)) {
    if (is_our_socket(each.path))
      result.push_back({std::move(each.program), each.pid, std::move(each.path)});
  }
  return result;
}

/// Asked before anything is removed: a process of another pid namespace (a container that shares
/// the folder) looks dead from here and is not.
bool refuses(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const bool refused =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno == ECONNREFUSED;
  ::close(fd);
  return refused;
}

}  // namespace

fs::path runtime_directory() {
  if (auto folder = session_folder()) return *folder;
  return folder_in(temporary_folder());
}

void make_private_directory(const fs::path& folder) {
  // The parent of $XDG_RUNTIME_DIR/asioscope is the system's business: it is not created.
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    throw std::system_error{errno, std::system_category(), "cannot create " + folder.string()};
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) {
    throw std::system_error{errno, std::system_category(), "cannot use " + folder.string()};
  }
  if (!is_private(status)) {
    throw std::system_error{EPERM, std::system_category(),
                            folder.string() + " is not a folder that only this user may write to"};
  }
}

std::string meeting_file_name(std::string_view program, pid_t pid, std::string_view suffix) {
  std::string name{program.substr(0, longest_name)};
  for (char& each : name) {
    const bool plain = (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
                       (each >= '0' && each <= '9') || each == '-' || each == '.' || each == '+';
    if (!plain) each = '_';
  }
  if (name.empty() || name[0] == '.') name.insert(0, 1, '_');
  return name + '.' + std::to_string(pid) + std::string{suffix};
}

std::vector<meeting_file> meeting_files_in(const fs::path& folder, std::string_view suffix) {
  std::vector<meeting_file> result;
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !is_private(status)) return result;
  std::error_code error;
  for (fs::directory_iterator at{folder, error}; !error && at != fs::directory_iterator{};
       at.increment(error)) {
    if (auto entry = parse(at->path(), suffix)) result.push_back(std::move(*entry));
  }
  return result;
}

std::vector<fs::path> meeting_places() {
  std::vector<fs::path> result{folder_in(temporary_folder()), folder_in("/tmp"),
                               fs::path{"/run/user"} / std::to_string(::getuid()) / "asioscope"};
  if (auto folder = session_folder()) result.push_back(*folder);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

fs::path socket_path(std::string_view program, pid_t pid) {
  return runtime_directory() / meeting_file_name(program, pid, socket_suffix);
}

std::string executable_name() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? "program" : path.filename().string();
}

std::vector<program_socket> list_sockets() {
  std::vector<program_socket> result;
  for (const fs::path& folder : meeting_places()) {
    for (program_socket& each : sockets_in(folder)) {
      if (is_alive(each.pid)) result.push_back(std::move(each));
    }
  }
  std::sort(result.begin(), result.end(), [](const program_socket& a, const program_socket& b) {
    return std::tie(a.program, a.pid, a.path) < std::tie(b.program, b.pid, b.path);
  });
  return result;
}

void remove_stale_sockets(const fs::path& folder) noexcept {
  try {
    for (const program_socket& each : sockets_in(folder)) {
      if (!is_alive(each.pid) && refuses(each.path)) ::unlink(each.path.c_str());
    }
  } catch (...) {  // no memory: another time
  }
}

}  // namespace asioscope::schema
