// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What another thread of this process is doing, as the kernel tells it in /proc/self/task.
namespace asioscope::watchdog {

enum class activity {
  running,      ///< on a processor, or ready to be
  system_call,  ///< waiting in a system call
  blocked,      ///< waiting in the kernel for something else, such as a page
  unknown,      ///< not to be read
};

struct thread_activity {
  activity kind = activity::unknown;
  long number = -1;    ///< of the system call
  std::string reason;  ///< unknown: why
  /// In a system call: its first two arguments, and where the thread stands.
  std::array<std::uint64_t, 2> arguments{};
  std::uintptr_t stack_pointer = 0;
  std::uintptr_t program_counter = 0;

  friend bool operator==(const thread_activity&, const thread_activity&) = default;
};

/// From the text of /proc/self/task/TID/syscall.
[[nodiscard]] thread_activity parse_activity(std::string_view text);

/// The letter of the state, from the text of /proc/self/task/TID/stat; 0 when it does not say.
[[nodiscard]] char parse_state(std::string_view text);

/// Nanoseconds for which a thread was ready to run and had no processor, from the text of
/// /proc/self/task/TID/schedstat.
[[nodiscard]] std::optional<std::uint64_t> parse_run_delay(std::string_view text);

/// How often a thread went to sleep, from the text of /proc/self/task/TID/status.
[[nodiscard]] std::optional<std::uint64_t> parse_sleeps(std::string_view text);

/// Whether a thread blocks a signal, from the text of /proc/self/task/TID/status. Empty: it does
/// not say.
[[nodiscard]] std::optional<bool> parse_blocks_signal(std::string_view text, int signal);

[[nodiscard]] thread_activity activity_of(pid_t thread);
[[nodiscard]] std::optional<bool> blocks_signal(pid_t thread, int signal);

/// For how long it was on a processor, in nanoseconds.
[[nodiscard]] std::optional<std::uint64_t> cpu_time(pid_t thread);

/// The calling thread's.
[[nodiscard]] std::optional<std::uint64_t> own_run_delay();

/// Everything the kernel tells of a thread at one moment.
struct thread_reading {
  thread_activity doing;
  char state = 0;  ///< as in `ps`: R, S, D, T…; 0 unknown
  std::optional<std::uint64_t> cpu_ns;
  std::optional<std::uint64_t> run_delay_ns;
  std::optional<std::uint64_t> sleeps;
  pid_t mutex_owner = 0;  ///< the thread that holds the mutex waited for, 0: it waits for none
  std::int64_t time_ns = 0;
};

[[nodiscard]] thread_reading read_thread(pid_t thread);

/// "clock_nanosleep", or "system call 999" for one that the kernel headers did not know.
[[nodiscard]] std::string system_call_name(long number);

}  // namespace asioscope::watchdog
