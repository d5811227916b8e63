// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

namespace asioscope::net {

/// A file descriptor with one owner.
///
/// A child made by fork() without exec has it closed at once: otherwise the child would keep the
/// ports of its parent, and the parent's peers would never learn that the parent has ended. (The
/// first 256 at a time.)
class unique_fd {
 public:
  unique_fd() noexcept = default;
  explicit unique_fd(int fd) noexcept;
  ~unique_fd() { reset(); }
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)), forks_(other.forks_) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
      forks_ = other.forks_;
    }
    return *this;
  }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int fd_ = -1;
  unsigned forks_ = 0;  // how many forks away from the first process it was opened
};

/// How many times this process, its parent and so on have forked on the way to here since the
/// library was first used. Tells an object that it now lives in a child that does not have its
/// thread.
[[nodiscard]] unsigned forks_so_far() noexcept;

}  // namespace asioscope::net
