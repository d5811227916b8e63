// SPDX-License-Identifier: BSL-1.0
#include "connection/recording_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace asioscope::viewer {

recording_file::recording_file(const std::string& path)
    : path_(path),
      file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)),
      error_(file_ ? "" : failure()) {}

void recording_file::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  while (!bytes.empty() && error_.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      error_ = failure();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
    size_ += static_cast<std::uint64_t>(count);
  }
}

std::string recording_file::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

std::uint64_t recording_file::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

std::string recording_file::failure() const {
  return "cannot write " + path_ + ": " + std::strerror(errno);
}

}  // namespace asioscope::viewer
