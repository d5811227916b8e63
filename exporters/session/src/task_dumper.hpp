// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/net/quiet_thread.hpp"
#include "asioscope/net/unique_fd.hpp"

#include <csignal>
#include <optional>
#include <string_view>

namespace asioscope {

/// The number of "SIGUSR1", "USR1" or "10".
[[nodiscard]] std::optional<int> parse_signal(std::string_view text);

/// Writes the live tasks to stderr whenever the process gets a signal. One at a time. The handler
/// only wakes a thread of ours.
class task_dumper {
 public:
  /// Errors: std::runtime_error when the program handles the signal itself, std::system_error.
  explicit task_dumper(int signal);
  ~task_dumper();
  task_dumper(const task_dumper&) = delete;
  task_dumper& operator=(const task_dumper&) = delete;

 private:
  void run() const;

  int signal_;
  struct sigaction former_ {};
  net::unique_fd wake_;  // an eventfd: 1 for each signal, more to stop
  std::optional<net::quiet_thread> thread_;
};

}  // namespace asioscope
