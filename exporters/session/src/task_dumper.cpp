// SPDX-License-Identifier: BSL-1.0
#include "task_dumper.hpp"

#include "asioscope/recorder/dump_tasks.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace asioscope {
namespace {

constexpr std::uint64_t stop = std::uint64_t{1} << 32;

/// Where the handler writes to, and in which process: a forked child has the handler too, but the
/// number may mean another file there.
constinit std::atomic<int> wake_of_handler{-1};
constinit std::atomic<pid_t> process_of_handler{0};

void add(int wake, std::uint64_t value) noexcept {
  [[maybe_unused]] const ssize_t written = ::write(wake, &value, sizeof value);
}

extern "C" void asioscope_wake_task_dumper(int) {
  const int saved = errno;
  if (process_of_handler.load(std::memory_order_relaxed) == ::getpid())
    add(wake_of_handler.load(std::memory_order_relaxed), 1);
  errno = saved;
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size())
    return number > 0 && number < NSIG ? std::optional(number) : std::nullopt;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (int candidate = 1; candidate < NSIG; ++candidate) {
    const char* const name = ::sigabbrev_np(candidate);
    if (name != nullptr && text == name) return candidate;
  }
  return std::nullopt;
}

task_dumper::task_dumper(int signal) : signal_(signal), wake_(::eventfd(0, EFD_CLOEXEC)) {
  if (wake_.get() < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  if (::sigaction(signal_, nullptr, &former_) != 0)
    throw std::system_error(errno, std::system_category(), "signal " + std::to_string(signal_));
  if ((former_.sa_flags & SA_SIGINFO) != 0 || former_.sa_handler != SIG_DFL)
    throw std::runtime_error("the program has a handler for signal " + std::to_string(signal_) +
                             " already: choose another");
  thread_.emplace("asioscope-dump", [this] { run(); });
  wake_of_handler = wake_.get();
  process_of_handler = ::getpid();
  struct sigaction action {};
  action.sa_handler = &asioscope_wake_task_dumper;
  action.sa_flags = SA_RESTART;
  ::sigfillset(&action.sa_mask);
  if (::sigaction(signal_, &action, nullptr) != 0) {
    const int error = errno;
    add(wake_.get(), stop);
    thread_->join();
    throw std::system_error(error, std::system_category(), "signal " + std::to_string(signal_));
  }
}

task_dumper::~task_dumper() {
  struct sigaction now {};
  // Unless the program has put a handler of its own there meanwhile.
  if (::sigaction(signal_, nullptr, &now) == 0 && now.sa_handler == &asioscope_wake_task_dumper)
    ::sigaction(signal_, &former_, nullptr);
  process_of_handler = 0;
  add(wake_.get(), stop);
  thread_->join();
}

void task_dumper::run() const {
  for (;;) {
    std::uint64_t signals = 0;
    if (::read(wake_.get(), &signals, sizeof signals) != sizeof signals || signals >= stop) return;
    std::ostringstream text;
    text << "asioscope: ";
    dump_tasks(text);
    const std::string all = text.str();
    for (std::size_t written = 0; written < all.size();) {
      const ssize_t more = ::write(STDERR_FILENO, all.data() + written, all.size() - written);
      if (more < 0 && errno != EINTR) break;
      if (more > 0) written += static_cast<std::size_t>(more);
    }
  }
}

}  // namespace asioscope
