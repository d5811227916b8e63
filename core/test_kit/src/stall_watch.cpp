// SPDX-License-Identifier: BSL-1.0
#include "stall_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>

namespace asioscope::test_kit::detail {

namespace {

using std::chrono::nanoseconds;

constinit std::atomic<int> watches{0};

nanoseconds cpu_time_of(const watched_thread& thread) {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread.handle, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return {};
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// Waits for something, in the kernel: neither runs, nor would if it could.
bool is_asleep(const watched_thread& thread) {
  const std::string path = "/proc/self/task/" + std::to_string(thread.id) + "/stat";
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 512> text{};
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  if (size <= 0) return false;
  // "123 (name) S …": the name may have anything in it.
  const std::string_view all(text.data(), static_cast<std::size_t>(size));
  const std::size_t end = all.rfind(") ");
  return end != std::string_view::npos && end + 2 < all.size() &&
         (all[end + 2] == 'S' || all[end + 2] == 'D');
}

double milliseconds(nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

stall_watch::stall_watch(const boost::asio::execution_context* context, nanoseconds limit,
                         testing::TestPartResult::Type how, place where)
    : context_(context),
      only_(context == nullptr ? this_watched_thread().id : 0),
      limit_(limit),
      period_(std::clamp<nanoseconds>(limit / 5, std::chrono::microseconds(200),
                                      std::chrono::milliseconds(10))),
      how_(how),
      where_(where) {
  be_ready_for_stacks();
  if (context != nullptr) forget_earlier_runs(*context);
  ++watches;
  if (context == nullptr && this_watched_thread().depth == 0) mark_.emplace(nullptr);
  // It takes no signal from those that it watches for, nor from the program.
  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  thread_ = std::thread([this] { watch(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

stall_watch::~stall_watch() {
  mark_.reset();
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
  --watches;
  report();
}

bool stall_watch::any() noexcept { return watches != 0; }

void stall_watch::watch() {
  pthread_setname_np(pthread_self(), "asioscope-kit");
  last_look_ = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, period_, [this] { return over_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void stall_watch::look() {
  const auto now = std::chrono::steady_clock::now();
  for_each_watched_thread([this](watched_thread& thread) {
    if (only_ != 0 ? thread.id == only_
                   : thread.context.load(std::memory_order_relaxed) == context_)
      look_at(thread);
  });
  last_look_ = now;
}

void stall_watch::look_at(watched_thread& thread) {
  sighting& seen = sightings_[thread.id];
  const std::uint64_t change = thread.changes;
  if (thread.depth == 0) {
    seen = {};
    return;
  }
  const nanoseconds cpu = cpu_time_of(thread);
  const bool asleep = is_asleep(thread);
  // We may have stood in line between the readings: then they are of a later run, or of several.
  if (thread.changes != change) return;
  if (seen.change != change) {
    seen = {};
    seen.change = change;
    seen.cpu_before = cpu;
    seen.was_asleep = asleep;
    return;
  }
  // When we come late, everything may have stood still: a debugger, SIGSTOP, a suspended machine.
  if (asleep && seen.was_asleep)
    seen.slept +=
        std::min<nanoseconds>(std::chrono::steady_clock::now() - last_look_, period_ * 3 / 2);
  seen.was_asleep = asleep;
  const nanoseconds used = cpu - seen.cpu_before;
  if (used + seen.slept < limit_) return;
  if (!seen.reported) {
    stack frames = stack_of(thread.handle, thread.id);
    // What it says when it has gone on is not what blocked.
    if (thread.changes != change) frames.clear();
    stalls_.push_back({used, seen.slept, std::move(frames)});
    seen.reported = true;
  }
  stalls_.back().cpu = used;
  stalls_.back().slept = seen.slept;
}

void stall_watch::report() const {
  constexpr std::size_t most = 3;
  for (std::size_t i = 0; i < std::min(stalls_.size(), most); ++i) {
    const stall& each = stalls_[i];
    std::ostringstream text;
    text.precision(3);
    text << (context_ != nullptr ? "a handler blocked the loop" : "the thread was blocked")
         << " for at least " << milliseconds(each.cpu + each.slept) << " ms ("
         << milliseconds(each.cpu) << " on the CPU, " << milliseconds(each.slept)
         << " asleep), and may for " << milliseconds(limit_) << " ms";
    if (each.frames.empty())
      text << "; it did not say where.\n";
    else
      text << ", here:\n" << to_text(each.frames);
    if (i + 1 == most && stalls_.size() > most)
      text << "and " << stalls_.size() - most << " times more\n";
    GTEST_MESSAGE_AT_(where_.file, where_.line, text.str().c_str(), how_);
  }
  if (context_ != nullptr && !was_run(*context_))
    GTEST_MESSAGE_AT_(where_.file, where_.line,
                      "nothing was watched: no `loop`, and no `run_watched`, ran a handler of this",
                      how_);
}

}  // namespace asioscope::test_kit::detail
