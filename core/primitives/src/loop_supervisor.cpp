// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/loop_supervisor.hpp"

#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <limits>
#include <mutex>
#include <utility>

namespace asioscope::core::detail {

namespace {

constexpr unsigned char wake_up = 0;
constexpr int signal_count = 65;

/// Who hears of a signal: written under the mutex, read by the signal handler. Holds the end of a
/// pipe to write to, -1 when it is free.
struct listener {
  std::atomic<int> pipe{-1};
  std::array<std::atomic<bool>, signal_count> wants{};
};

constexpr std::size_t most_listeners = 32;
constinit std::array<listener, most_listeners> listeners{};
constinit std::mutex listeners_mutex;
/// So many threads are in the signal handler: a pipe is closed when there are none.
constinit std::atomic<int> handlers_running{0};

/// How many want a signal, and what was done about it before. Under the mutex.
struct disposition {
  int wanted = 0;
  struct sigaction before {};
};
std::array<disposition, signal_count> dispositions;

void write_byte(int pipe, unsigned char byte) noexcept {
  // A pipe that is full has been written to often enough.
  [[maybe_unused]] const auto written = ::write(pipe, &byte, 1);
}

extern "C" void asioscope_core_signal_came(int signal) {
  const int saved = errno;
  handlers_running.fetch_add(1);
  for (const listener& each : listeners)
    if (each.wants[static_cast<std::size_t>(signal)].load(std::memory_order_relaxed))
      if (const int pipe = each.pipe.load(); pipe >= 0)
        write_byte(pipe, static_cast<unsigned char>(signal));
  handlers_running.fetch_sub(1);
  errno = saved;
}

void listen(int pipe, const std::vector<int>& signals) {
  if (signals.empty()) return;
  const std::lock_guard lock(listeners_mutex);
  const auto free = std::find_if(listeners.begin(), listeners.end(),
                                 [](const listener& each) { return each.pipe.load() < 0; });
  if (free == listeners.end())
    throw boost::system::system_error(make_error_code(boost::system::errc::too_many_files_open),
                                      "loops that handle signals");
  for (const int each : signals)
    free->wants[static_cast<std::size_t>(each)].store(true, std::memory_order_relaxed);
  free->pipe.store(pipe);
  for (const int each : signals) {
    disposition& before = dispositions[static_cast<std::size_t>(each)];
    if (before.wanted++ > 0) continue;
    struct sigaction action {};
    action.sa_handler = asioscope_core_signal_came;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(each, &action, &before.before);
  }
}

void forget(int signal) noexcept {
  disposition& before = dispositions[static_cast<std::size_t>(signal)];
  if (--before.wanted > 0) return;
  // If somebody else has taken it meanwhile, it is theirs.
  struct sigaction now {};
  sigaction(signal, nullptr, &now);
  if (now.sa_handler == asioscope_core_signal_came) sigaction(signal, &before.before, nullptr);
}

/// Under the mutex.
void forget(int pipe, const std::vector<int>& signals) noexcept {
  if (signals.empty()) return;
  for (listener& each : listeners) {
    if (each.pipe.load() != pipe) continue;
    for (auto& wanted : each.wants)
      wanted.store(false, std::memory_order_relaxed);
    each.pipe.store(-1);
  }
  for (const int each : signals)
    forget(each);
  while (handlers_running.load() != 0)
    std::this_thread::yield();
}

int timeout_of(std::chrono::nanoseconds time) noexcept {
  if (time == std::chrono::nanoseconds::max()) return -1;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, most));
}

/// Threads that are made while it lives get no signals.
class all_signals_blocked {
 public:
  all_signals_blocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;
  ~all_signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

loop_supervisor::loop_supervisor(supervised& what, std::vector<int> signals)
    : what_(what), signals_(std::move(signals)) {
  if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw boost::system::system_error(errno, boost::system::system_category(), "pipe2");
  try {
    const all_signals_blocked blocked;
    thread_ = std::thread([this] { run(); });
    listen(pipe_[1], signals_);
  } catch (...) {
    signals_.clear();
    finish();
    throw;
  }
}

loop_supervisor::~loop_supervisor() { finish(); }

void loop_supervisor::finish() noexcept {
  give_back_signals();
  ended_.store(true);
  wake();
  if (thread_.joinable()) thread_.join();
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

void loop_supervisor::give_back_signals() noexcept {
  const std::lock_guard lock(listeners_mutex);
  forget(pipe_[1], std::exchange(signals_, {}));
}

void loop_supervisor::wake() noexcept { write_byte(pipe_[1], wake_up); }

void loop_supervisor::run() noexcept {
  for (;;) {
    pollfd ready{pipe_[0], POLLIN, 0};
    ::poll(&ready, 1, timeout_of(what_.look()));
    unsigned char byte = 0;
    while (::read(pipe_[0], &byte, 1) == 1) {
      if (byte != wake_up) what_.signal_came(*this, byte);
    }
    if (ended_.load()) return;
  }
}

}  // namespace asioscope::core::detail
