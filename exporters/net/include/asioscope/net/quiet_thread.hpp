// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <pthread.h>

#include <functional>
#include <string>

namespace asioscope::net {

/// A thread of ours inside a program of somebody else: all signals blocked, so that the program's
/// handlers never run on it, and a name (at most 15 characters) that says whose it is.
///
/// In a child made by fork() there is no such thread; joining it there does nothing.
class quiet_thread {
 public:
  /// Errors: std::system_error when the thread cannot be created.
  quiet_thread(std::string name, std::function<void()> body);
  ~quiet_thread() { join(); }
  quiet_thread(const quiet_thread&) = delete;
  quiet_thread& operator=(const quiet_thread&) = delete;

  void join() noexcept;
  /// Whether it is the calling thread. May be asked while another thread joins.
  [[nodiscard]] bool is_current() const noexcept;
  /// Whether this process is a child that was forked after the thread had begun.
  [[nodiscard]] bool left_behind() const noexcept;

 private:
  pthread_t thread_{};
  bool joinable_ = false;
  unsigned forks_ = 0;
};

}  // namespace asioscope::net
