// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/crash_line.hpp"

#include "asioscope/recorder/published.hpp"
#include "asioscope/recorder/thread_state.hpp"
#include "asioscope/watchdog/own_memory.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace asioscope::watchdog {
namespace {

constexpr std::array signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::array<std::string_view, signals.size()> names{"SIGSEGV", "SIGBUS", "SIGFPE",
                                                             "SIGILL", "SIGABRT"};

std::size_t index_of(int signal) {
  return static_cast<std::size_t>(std::find(signals.begin(), signals.end(), signal) -
                                  signals.begin());
}

/// Text in a buffer of a fixed size: what does not fit is left out.
class line {
 public:
  explicit line(std::span<char> out) : out_(out) {}

  line& operator<<(std::string_view text) {
    for (const char c : text.substr(0, out_.size() - used_))
      out_[used_++] = c;
    return *this;
  }
  line& operator<<(std::uint64_t number) {
    std::array<char, 20> digits;
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return *this << std::string_view(digits.data() + first, digits.size() - first);
  }
  line& quoted(const char* name) {
    return *this << "\"" << (name == nullptr ? "(unknown)" : name) << "\"";
  }

  /// Ends it, whatever had to be left out.
  std::size_t end() {
    if (used_ == out_.size()) --used_;
    out_[used_++] = '\n';
    return used_;
  }

 private:
  std::span<char> out_;
  std::size_t used_ = 0;
};

struct run_copy {
  recorder::ticks begin;
  recorder::site_id site;
  recorder::loop_id loop;
};

run_copy copy_of(const recorder::current_run& run) {
  return {run.begin.load(std::memory_order_acquire), run.site.load(std::memory_order_relaxed),
          run.loop.load(std::memory_order_relaxed)};
}

void describe_own(line& to, const recorder::thread_state* thread) {
  const auto id = static_cast<std::uint64_t>(::syscall(SYS_gettid));
  const run_copy run = thread == nullptr ? run_copy{} : copy_of(thread->run);
  if (run.begin == 0) {
    to << " in thread " << id << ", which was running no handler";
    return;
  }
  const auto now = recorder::now_ticks();
  const std::uint64_t micros =
      now > run.begin ? recorder::to_nanoseconds(now - run.begin) / 1000 : 0;
  to << " in ";
  to.quoted(recorder::published_site_name(run.site)) << " on loop ";
  to.quoted(recorder::published_loop_name(run.loop))
      << " (thread " << id << ", running for " << (micros < 1000 ? micros : micros / 1000)
      << (micros < 1000 ? " us)" : " ms)");
}

/// The others may end while they are looked at, their memory go away: it is copied by way of the
/// kernel, which cannot fault.
void describe_others(line& to, const recorder::thread_state* own) {
  const own_memory memory;
  for (const auto& place : recorder::published_threads) {
    const auto* const thread = place.load(std::memory_order_acquire);
    if (thread == nullptr || thread == own) continue;
    alignas(recorder::current_run) std::array<std::byte, sizeof(recorder::current_run)> copy;
    if (memory.read(reinterpret_cast<std::uintptr_t>(&thread->run), copy.data(), copy.size()) !=
            copy.size() ||
        place.load(std::memory_order_acquire) != thread)
      continue;
    const run_copy run = copy_of(*reinterpret_cast<const recorder::current_run*>(copy.data()));
    if (run.begin == 0) continue;
    to << "; loop ";
    to.quoted(recorder::published_loop_name(run.loop)) << ": ";
    to.quoted(recorder::published_site_name(run.site));
  }
}

/// Of each signal, what was there before us.
constinit std::array<struct sigaction, signals.size()> former{};
/// The process that has a crash_line: a forked child has the handlers, too. 0: none.
constinit std::atomic<pid_t> process{0};

enum class progress { none, writing, written };
constinit std::atomic<progress> written{progress::none};

void write_line(int signal) {
  auto none = progress::none;
  if (written.compare_exchange_strong(none, progress::writing)) {
    std::array<char, 2048> text;
    const std::size_t length = describe_crash(signal, text);
    [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text.data(), length);
    written = progress::written;
  }
  // Whoever crashes meanwhile would end the process before the line is out.
  for (int waits = 0; written != progress::written && waits < 100; ++waits) {
    constexpr timespec moment{0, 1'000'000};
    ::nanosleep(&moment, nullptr);
  }
}

/// As if we had not been there.
void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction& next = former[index_of(signal)];
  if ((next.sa_flags & SA_SIGINFO) != 0) return next.sa_sigaction(signal, info, context);
  if (next.sa_handler == SIG_IGN) return;
  if (next.sa_handler != SIG_DFL) return next.sa_handler(signal);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(signal, &standard, nullptr);
  // A fault happens again as soon as we return, in its own place; what was sent is sent again.
  if (info->si_code <= 0)
    ::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::syscall(SYS_gettid), signal, info);
}

extern "C" void asioscope_on_crash(int signal, siginfo_t* info, void* context) {
  const int saved = errno;
  if (process.load(std::memory_order_relaxed) == ::getpid()) write_line(signal);
  errno = saved;
  pass_on(signal, info, context);
}

bool is_ours(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &asioscope_on_crash;
}

}  // namespace

std::size_t describe_crash(int signal, std::span<char> out) noexcept {
  line text(out);
  const std::size_t index = index_of(signal);
  text << "asioscope: " << (index < names.size() ? names[index] : "a signal");
  const auto* const own = recorder::detail::this_thread_state;
  describe_own(text, own);
  describe_others(text, own);
  return text.end();
}

crash_line::crash_line() {
  for (std::size_t i = 0; i < signals.size(); ++i) {
    struct sigaction now {};
    if (::sigaction(signals[i], nullptr, &now) != 0 || is_ours(now)) continue;
    const bool is_plain = (now.sa_flags & SA_SIGINFO) == 0;
    if (is_plain && now.sa_handler == SIG_IGN) continue;
    former[i] = now;
    struct sigaction ours = now;
    if (is_plain && now.sa_handler == SIG_DFL) {
      ours.sa_flags = SA_ONSTACK;
      ::sigfillset(&ours.sa_mask);
    }
    ours.sa_flags |= SA_SIGINFO;
    ours.sa_sigaction = &asioscope_on_crash;
    ::sigaction(signals[i], &ours, nullptr);
  }
  written = progress::none;
  process = ::getpid();
}

crash_line::~crash_line() {
  process = 0;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    struct sigaction now {};
    if (::sigaction(signals[i], nullptr, &now) == 0 && is_ours(now))
      ::sigaction(signals[i], &former[i], nullptr);
  }
}

}  // namespace asioscope::watchdog
