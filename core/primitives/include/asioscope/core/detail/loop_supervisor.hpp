// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace asioscope::core::detail {

class loop_supervisor;

/// What a supervisor looks after.
class supervised {
 public:
  virtual void signal_came(loop_supervisor& supervisor, int signal) noexcept = 0;
  /// Does what is due. Returns how long until there is something again; the greatest there is: not
  /// before somebody calls `wake`.
  virtual std::chrono::nanoseconds look() noexcept = 0;

 protected:
  ~supervised() = default;
};

/// A thread beside a loop: it keeps its deadlines, and hears of signals, when a handler does not
/// return, too. It runs no handlers and has all signals blocked.
class loop_supervisor {
 public:
  /// \param signals no longer have their default action while it lives
  /// \throws system_error
  loop_supervisor(supervised& what, std::vector<int> signals);
  loop_supervisor(const loop_supervisor&) = delete;
  loop_supervisor& operator=(const loop_supervisor&) = delete;
  ~loop_supervisor();

  /// Makes it `look`.
  void wake() noexcept;

  /// From now on they do again what they did before.
  void give_back_signals() noexcept;

  std::thread::id id() const noexcept { return thread_.get_id(); }

 private:
  void run() noexcept;
  void finish() noexcept;

  supervised& what_;
  std::vector<int> signals_;
  std::array<int, 2> pipe_{-1, -1};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace asioscope::core::detail
