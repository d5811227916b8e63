// SPDX-License-Identifier: BSL-1.0
#include "thread_activity.hpp"

#include "asioscope/watchdog/own_memory.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace asioscope::watchdog {
namespace {

/// The beginning of a file of /proc/self/task/TID; on failure empty, with errno set.
std::string read_task_file(pid_t thread, const char* name) {
  const auto path = "/proc/self/task/" + std::to_string(thread) + "/" + name;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::array<char, 4096> buffer;
  const auto size = read(file, buffer.data(), buffer.size());
  const int error = errno;
  close(file);
  errno = error;
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string{};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

/// The owner of the mutex that a thread in futex() waits for. A condition variable, or a word of
/// the program's own, is told from a mutex by what stands where glibc's mutex names its owner: no
/// thread of this process.
pid_t owner_of_mutex(const thread_activity& doing) {
#if defined(__GLIBC__)
  if (doing.kind != activity::system_call || doing.number != SYS_futex) return 0;
  switch (static_cast<int>(doing.arguments[1]) & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      break;
    default:
      return 0;
  }
  struct {
    std::uint32_t lock;
    std::uint32_t count;
    std::int32_t owner;
  } words{};
  // The mutex may be gone by now.
  if (own_memory().read(doing.arguments[0], &words, sizeof words) != sizeof words) return 0;
  if (words.lock == 0 || words.owner <= 0) return 0;
  const auto path = "/proc/self/task/" + std::to_string(words.owner);
  return access(path.c_str(), F_OK) == 0 ? words.owner : 0;
#else
  static_cast<void>(doing);
  return 0;
#endif
}

struct named_call {
  long number;
  const char* name;
};

constexpr named_call calls[] = {
#include "asioscope_system_calls.inc"
};

}  // namespace

thread_activity parse_activity(std::string_view text) {
  if (text.starts_with("running")) return {activity::running, -1, {}};
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || (end != text.data() + text.size() && *end != ' ')) {
    return {activity::unknown, -1, "the kernel does not say what the thread is doing"};
  }
  if (number < 0) return {activity::blocked, -1, {}};
  thread_activity found{activity::system_call, number, {}};
  std::array<std::uint64_t, 8> words{};  // six arguments, stack pointer, program counter
  const char* at = end;
  for (auto& word : words) {
    constexpr std::string_view prefix = " 0x";
    const std::string_view rest(at, static_cast<std::size_t>(text.data() + text.size() - at));
    if (!rest.starts_with(prefix)) return found;
    const auto parsed = std::from_chars(at + prefix.size(), text.data() + text.size(), word, 16);
    if (parsed.ec != std::errc{}) return found;
    at = parsed.ptr;
  }
  found.arguments = {words[0], words[1]};
  found.stack_pointer = words[6];
  found.program_counter = words[7];
  return found;
}

char parse_state(std::string_view text) {
  // The name before it may contain anything, parentheses too.
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return 0;
  return text[name_end + 2];
}

std::optional<std::uint64_t> parse_run_delay(std::string_view text) {
  const auto space = text.find(' ');
  return space == std::string_view::npos ? std::nullopt : parse_number(text.substr(space + 1));
}

std::optional<std::uint64_t> parse_sleeps(std::string_view text) {
  constexpr std::string_view key = "\nvoluntary_ctxt_switches:\t";
  const auto at = text.find(key);
  return at == std::string_view::npos ? std::nullopt : parse_number(text.substr(at + key.size()));
}

std::optional<bool> parse_blocks_signal(std::string_view text, int signal) {
  constexpr std::string_view key = "\nSigBlk:\t";
  const auto at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = text.substr(at + key.size());
  std::uint64_t mask = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  if (error != std::errc{} || end == digits.data() || signal < 1 || signal > 64)
    return std::nullopt;
  return (mask >> (signal - 1) & 1) != 0;
}

thread_activity activity_of(pid_t thread) {
  errno = 0;
  const auto text = read_task_file(thread, "syscall");
  if (!text.empty()) return parse_activity(text);
  return {activity::unknown, -1,
          std::string("/proc/self/task/TID/syscall cannot be read: ") + std::strerror(errno)};
}

std::optional<bool> blocks_signal(pid_t thread, int signal) {
  return parse_blocks_signal(read_task_file(thread, "status"), signal);
}

std::optional<std::uint64_t> cpu_time(pid_t thread) {
  // What pthread_getcpuclockid computes, for a thread that is known by its id only.
  constexpr clockid_t per_thread_scheduled = 6;
  const clockid_t clock = (~thread << 3) | per_thread_scheduled;
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

std::optional<std::uint64_t> own_run_delay() {
  return parse_run_delay(read_task_file(static_cast<pid_t>(syscall(SYS_gettid)), "schedstat"));
}

thread_reading read_thread(pid_t thread) {
  thread_reading found;
  found.doing = activity_of(thread);
  found.mutex_owner = owner_of_mutex(found.doing);
  found.state = parse_state(read_task_file(thread, "stat"));
  found.run_delay_ns = parse_run_delay(read_task_file(thread, "schedstat"));
  found.sleeps = parse_sleeps(read_task_file(thread, "status"));
  found.cpu_ns = cpu_time(thread);
  found.time_ns = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  return found;
}

std::string system_call_name(long number) {
  for (const auto& call : calls) {
    if (call.number == number) return call.name;
  }
  return "system call " + std::to_string(number);
}

}  // namespace asioscope::watchdog
