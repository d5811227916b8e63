// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace test {

/// What a debugger does to a child process when its user looks at it: attaches to all threads,
/// stops them, lets them go on, detaches. To be used by one thread: the kernel knows tracers by
/// thread.
class debugger {
 public:
  explicit debugger(pid_t process) : process_(process) {}

  /// Attaches to every thread and stops it. Returns 0, or the errno with which the system refuses.
  int attach_and_stop() {
    // A thread may be made while others are attached to: until there is no new one.
    for (bool found = true; found;) {
      found = false;
      for (const auto& entry :
           std::filesystem::directory_iterator("/proc/" + std::to_string(process_) + "/task")) {
        const pid_t thread = std::stoi(entry.path().filename());
        if (threads_.contains(thread)) continue;
        if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) {
          if (errno == ESRCH) continue;  // it has just ended
          return errno;
        }
        threads_[thread] = 0;
        found = true;
      }
    }
    stop();
    return 0;
  }

  /// All threads, wherever they are.
  void stop() {
    for (const auto& [thread, signal] : threads_)
      ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
    for (auto& [thread, signal] : threads_) {
      int status = 0;
      if (waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status))
        signal = signal_of(status);
    }
  }

  /// What they do for `time`, signals included, as if nobody looked.
  void go_on_for(std::chrono::nanoseconds time) {
    for (auto& [thread, signal] : threads_)
      go_on(thread, std::exchange(signal, 0));
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      for (const auto& [thread, signal] : threads_) {
        int status = 0;
        if (waitpid(thread, &status, __WALL | WNOHANG) == thread && WIFSTOPPED(status))
          go_on(thread, signal_of(status));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void detach() {
    for (const auto& [thread, signal] : threads_)
      ptrace(PTRACE_DETACH, thread, nullptr, as_data(signal));
    threads_.clear();
  }

 private:
  /// To be delivered when the thread goes on; 0 when the debugger itself stopped it.
  static int signal_of(int status) { return status >> 16 == 0 ? WSTOPSIG(status) : 0; }

  static void* as_data(int signal) {
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(signal));
  }

  static void go_on(pid_t thread, int signal) {
    ptrace(PTRACE_CONT, thread, nullptr, as_data(signal));
  }

  pid_t process_;
  std::map<pid_t, int> threads_;  // with the signal that each is stopped with
};

}  // namespace test
