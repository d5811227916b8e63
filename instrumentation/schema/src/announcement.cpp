// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/announcement.hpp"

#include "meeting_place.hpp"

#include "asioscope/schema/rendezvous.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

namespace asioscope::schema {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view announcement_suffix = ".metrics";
constexpr std::size_t longest_text = 4096;

/// One such file, opened.
class found_file {
 public:
  explicit found_file(const fs::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)) {
    if (fd_ < 0) return;
    if (::fstat(fd_, &status_) != 0 || !S_ISREG(status_.st_mode) || status_.st_uid != ::getuid()) {
      ::close(std::exchange(fd_, -1));
    }
  }
  ~found_file() {
    if (fd_ >= 0) ::close(fd_);
  }
  found_file(const found_file&) = delete;
  found_file& operator=(const found_file&) = delete;

  [[nodiscard]] bool is_ours() const { return fd_ >= 0; }

  /// Whether nobody has it locked; a lock of that kind is then ours.
  [[nodiscard]] bool lock(int kind) const { return ::flock(fd_, kind | LOCK_NB) == 0; }
  [[nodiscard]] bool is_held() const { return !lock(LOCK_SH) && errno == EWOULDBLOCK; }

  /// Whether it is still what the path names.
  [[nodiscard]] bool is_at(const fs::path& path) const {
    struct stat now {};
    return ::lstat(path.c_str(), &now) == 0 && now.st_dev == status_.st_dev &&
           now.st_ino == status_.st_ino;
  }

  [[nodiscard]] std::string text() const {
    std::array<char, longest_text> buffer;
    const ssize_t count = ::pread(fd_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }

 private:
  int fd_;
  struct stat status_ {};
};

/// The first line of the rest, which loses it; nothing when no line ends in it.
std::optional<std::string> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string line{rest.substr(0, end)};
  rest.remove_prefix(end + 1);
  return line;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }

std::optional<announcement> parse(std::string_view text, pid_t pid) {
  auto metrics = take_line(text);
  auto program = take_line(text);
  if (!metrics || !program) return std::nullopt;
  if (!metrics->starts_with("http://") && !metrics->starts_with("unix:")) return std::nullopt;
  // They are shown on terminals.
  if (std::ranges::any_of(*metrics + *program, is_control)) return std::nullopt;
  return announcement{std::move(*program), pid, std::move(*metrics)};
}

}  // namespace

fs::path announcement_path(std::string_view program, pid_t pid) {
  return runtime_directory() / meeting_file_name(program, pid, announcement_suffix);
}

std::string to_text(const announcement& value) {
  std::string program = value.program;
  std::ranges::replace_if(program, is_control, '_');
  return value.metrics + '\n' + program + '\n';
}

std::vector<announcement> list_announcements() {
  std::vector<announcement> result;
  for (const fs::path& folder : meeting_places()) {
    for (const meeting_file& each : meeting_files_in(folder, announcement_suffix)) {
      const found_file file{each.path};
      if (!file.is_ours() || !file.is_held()) continue;
      if (auto known = parse(file.text(), each.pid)) result.push_back(std::move(*known));
    }
  }
  std::ranges::sort(result, {}, [](const announcement& each) {
    return std::tie(each.program, each.pid, each.metrics);
  });
  return result;
}

void remove_stale_announcements(const fs::path& folder) noexcept {
  try {
    for (const meeting_file& each : meeting_files_in(folder, announcement_suffix)) {
      const found_file file{each.path};
      if (file.is_ours() && file.lock(LOCK_EX) && file.is_at(each.path))
        ::unlink(each.path.c_str());
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch): no memory: another time
  }
}

}  // namespace asioscope::schema
