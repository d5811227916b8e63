// SPDX-License-Identifier: BSL-1.0
// Programs that look sick and are not: none of them may be said to stall. Each runs in a process of
// its own, all side by side, with the default thresholds, for two seconds or for as many as
// ASIOSCOPE_TWINS_SECONDS says; `./run test --long` says 60.
//
// The truth is what the program's own handlers and the test have noted: from the clock read before
// a handler to the one after it, less the time for which the test had stopped the program. A
// handler that took longer than the threshold all the same was kept from its processor by the
// machine; to report that is right, and its number is shown.
#include "paused_by_debugger.hpp"

#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/watchdog/watch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asioscope;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr std::chrono::nanoseconds threshold = recorder::thresholds().stall;

/// A span on CLOCK_MONOTONIC, in nanoseconds.
struct span {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] std::int64_t overlap(const span& other) const {
    return std::max<std::int64_t>(0, std::min(end, other.end) - std::max(begin, other.begin));
  }
};

std::int64_t now() { return clock_type::now().time_since_epoch().count(); }

std::chrono::seconds time_to_run() {
  const char* const wanted = std::getenv("ASIOSCOPE_TWINS_SECONDS");
  return std::chrono::seconds(wanted != nullptr ? std::max(1, std::atoi(wanted)) : 2);
}

// --- the observed program
// ---------------------------------------------------------------------------

/// A stall as it was reported.
struct reported {
  span when;
  char cause[24];
};

/// What a program says of itself in the end, through a pipe.
struct account {
  std::uint64_t handlers = 0;
  std::vector<span> long_ones;  ///< handlers that may have taken longer than the threshold
  std::vector<reported> stalls;
  std::uint64_t after_a_real_one = 0;  ///< stalls reported after one at the end, which is no twin
};

/// All of them, though the program's log keeps the latest reports only.
class stall_list {
 public:
  void take(const schema::report& report) {
    if (report.kind != schema::report_kind::stall) return;
    reported each{{report.time_ns, report.time_ns + static_cast<std::int64_t>(report.duration_ns)},
                  {}};
    report.cause.copy(each.cause, sizeof each.cause - 1);
    const std::lock_guard lock(mutex_);
    by_id_[report.id] = each;
  }

  [[nodiscard]] std::vector<reported> all() {
    const std::lock_guard lock(mutex_);
    std::vector<reported> found;
    for (const auto& [id, each] : by_id_)
      found.push_back(each);
    return found;
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, reported> by_id_;
};

/// A loop that is never idle.
class busy_loop {
 public:
  busy_loop(std::function<void()> handler, clock_type::time_point end)
      : handler_(std::move(handler)), end_(end) {
    name_loop(loop_, "twin");
    asio::post(loop_, [this] { handle(); });
    loop_.run();
  }

  [[nodiscard]] const account& seen() const { return seen_; }

 private:
  void handle() {
    // The run before this one lies between the last look at the clock in the one before that, and
    // now.
    note({end_before_last_, now()});
    if (clock_type::now() >= end_) return;
    handler_();
    ++seen_.handlers;
    end_before_last_ = std::exchange(last_end_, now());
    asio::post(loop_, [this] { handle(); });
  }

  void note(const span& run) {
    if (end_before_last_ != 0 && run.end - run.begin > threshold.count())
      seen_.long_ones.push_back(run);
  }

  asio::io_context loop_{1};
  std::function<void()> handler_;
  clock_type::time_point end_;
  std::int64_t end_before_last_ = 0;
  std::int64_t last_end_ = 0;
  account seen_;
};

void work_for(std::chrono::nanoseconds time) {
  for (const auto end = clock_type::now() + time; clock_type::now() < end;)
    continue;
}

/// Some of it at work, some of it asleep.
void wait_and_work() {
  std::this_thread::sleep_for(8ms);
  work_for(1ms);
}

template <class T>
void send(int to, const T* first, std::size_t count) {
  const std::size_t size = count * sizeof(T);
  if (write(to, first, size) != static_cast<ssize_t>(size)) _exit(1);
}
template <class T>
void send(int to, const std::vector<T>& all) {
  const std::uint64_t count = all.size();
  send(to, &count, 1);
  if (count != 0) send(to, all.data(), all.size());
}

[[noreturn]] void be_observed(const std::function<void()>& handler, int ready, int answer) {
  recorder::set_mode(recorder::mode::metrics);
  stall_list stalls;
  watchdog::watch_options options;
  options.reports_per_minute = std::numeric_limits<unsigned>::max();
  options.deliver = [&](const schema::report& report, std::uint64_t) { stalls.take(report); };
  const watchdog::watch watch(options);
  send(ready, "r", 1);
  const busy_loop loop(handler, clock_type::now() + time_to_run());
  std::this_thread::sleep_for(200ms);
  account seen = loop.seen();
  seen.stalls = stalls.all();
  {
    const busy_loop sick([] { work_for(200ms); }, clock_type::now() + 100ms);
  }
  std::this_thread::sleep_for(200ms);
  seen.after_a_real_one = stalls.all().size();
  send(answer, &seen.handlers, 1);
  send(answer, seen.long_ones);
  send(answer, seen.stalls);
  send(answer, &seen.after_a_real_one, 1);
  _exit(0);
}

// --- the test
// ---------------------------------------------------------------------------------------

template <class T>
bool receive(int from, T* first, std::size_t count) {
  auto* to = reinterpret_cast<char*>(first);
  for (std::size_t left = count * sizeof(T); left > 0;) {
    const ssize_t got = read(from, to, left);
    if (got <= 0) return false;
    to += got;
    left -= static_cast<std::size_t>(got);
  }
  return true;
}
template <class T>
bool receive(int from, std::vector<T>& all) {
  std::uint64_t count = 0;
  if (!receive(from, &count, 1)) return false;
  all.resize(count);
  return count == 0 || receive(from, all.data(), all.size());
}

/// A program and what is done to it.
struct twin {
  const char* name;
  std::function<void()> handler;
  /// Once, with the process. Adds when it stood still for sure: from the clock read after it was
  /// stopped to the one before it may go on, since the test itself may be kept from its processor.
  /// Returns why that cannot be done here, or "".
  std::function<std::string(pid_t, std::vector<span>&)> disturb;

  pid_t process = 0;
  int ready = -1;
  int answer = -1;
  std::vector<span> stops{};
  int disturbed = 0;
  std::string cannot{};
  account seen{};
  bool answered = false;

  void start() {
    int readies[2];
    int answers[2];
    ASSERT_EQ(pipe(readies), 0);
    ASSERT_EQ(pipe(answers), 0);
    process = fork();
    ASSERT_GE(process, 0);
    if (process == 0) be_observed(handler, readies[1], answers[1]);
    close(readies[1]);
    close(answers[1]);
    ready = readies[0];
    answer = answers[0];
  }

  void watch_over() {
    char byte = 0;
    if (!receive(ready, &byte, 1)) return;
    const auto end = clock_type::now() + time_to_run() - 600ms;
    while (disturb && cannot.empty() && clock_type::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100 + 37 * (disturbed % 7)));
      cannot = disturb(process, stops);
      if (cannot.empty()) ++disturbed;
    }
    answered = receive(answer, &seen.handlers, 1) && receive(answer, seen.long_ones) &&
               receive(answer, seen.stalls) && receive(answer, &seen.after_a_real_one, 1);
    int status = 0;
    waitpid(process, &status, 0);
    close(ready);
    close(answer);
  }

  [[nodiscard]] bool was_long(const span& run) const {
    std::int64_t stood_still = 0;
    for (const span& stop : stops)
      stood_still += run.overlap(stop);
    return run.end - run.begin - stood_still > threshold.count();
  }

  /// Whether one of the handlers took that long, whatever the reason.
  [[nodiscard]] bool is_true(const reported& stall) const {
    return std::any_of(seen.long_ones.begin(), seen.long_ones.end(), [&](const span& run) {
      return was_long(run) && run.overlap(stall.when) > 0;
    });
  }
};

/// For how long the program stands still the next time.
constexpr std::chrono::nanoseconds stop_time(std::size_t number) {
  return std::chrono::milliseconds(60 + 83 * static_cast<int>(number % 6));
}

std::string stop_by_signal(pid_t process, std::vector<span>& stops) {
  kill(process, SIGSTOP);
  const std::int64_t begin = now();
  std::this_thread::sleep_for(stop_time(stops.size()));
  stops.push_back({begin, now()});
  kill(process, SIGCONT);
  return {};
}

/// Attaches, looks, goes on a little, looks again, and goes away.
std::string pause_by_debugger(pid_t process, std::vector<span>& stops) {
  test::debugger debugger(process);
  if (const int refused = debugger.attach_and_stop(); refused != 0)
    return std::string("ptrace is refused here: ") + std::strerror(refused);
  std::int64_t begin = now();
  std::this_thread::sleep_for(stop_time(stops.size()));
  stops.push_back({begin, now()});
  debugger.go_on_for(50ms);
  debugger.stop();
  begin = now();
  std::this_thread::sleep_for(stop_time(stops.size()));
  stops.push_back({begin, now()});
  debugger.detach();
  return {};
}

void judge(const twin& each) {
  SCOPED_TRACE(each.name);
  ASSERT_TRUE(each.answered) << "the program did not survive it";
  const auto kept_waiting = std::count_if(each.seen.long_ones.begin(), each.seen.long_ones.end(),
                                          [&](const span& run) { return each.was_long(run); });
  const auto untrue = std::count_if(each.seen.stalls.begin(), each.seen.stalls.end(),
                                    [&](const reported& stall) { return !each.is_true(stall); });
  std::printf("%-28s %8llu %6d %14lld %8zu %6lld%s\n", each.name,
              static_cast<unsigned long long>(each.seen.handlers), each.disturbed,
              static_cast<long long>(kept_waiting), each.seen.stalls.size(),
              static_cast<long long>(untrue),
              each.cannot.empty() ? "" : ("   NOT MADE: " + each.cannot).c_str());
  for (const reported& stall : each.seen.stalls) {
    EXPECT_TRUE(each.is_true(stall))
        << "a stall of " << (stall.when.end - stall.when.begin) / 1000 << " us was reported ("
        << stall.cause << "), and there was none";
  }
  EXPECT_EQ(each.seen.after_a_real_one, each.seen.stalls.size() + 1) << "it is not blind either";
  EXPECT_GT(each.seen.handlers, 0U);
}

TEST(healthy_twins, never_stall) {
  std::vector<twin> twins;
  twins.push_back({"loaded, handlers of 20 ms", [] { work_for(20ms); }, nullptr});
  twins.push_back({"stopped by SIGSTOP", wait_and_work, stop_by_signal});
  twins.push_back({"paused by a debugger", wait_and_work, pause_by_debugger});
  for (twin& each : twins)
    each.start();
  std::vector<std::thread> watchers;  // one each: it is the tracer
  watchers.reserve(twins.size());
  for (twin& each : twins)
    watchers.emplace_back([&each] { each.watch_over(); });
  for (std::thread& each : watchers)
    each.join();
  std::printf("%-28s %8s %6s %14s %8s %6s   in %lld s\n", "program", "handlers", "stops",
              "kept waiting", "reports", "false", static_cast<long long>(time_to_run().count()));
  std::string not_made;
  for (const twin& each : twins) {
    judge(each);
    if (!each.cannot.empty()) not_made += std::string(each.name) + ": " + each.cannot;
  }
  if (!not_made.empty() && !HasFailure()) GTEST_SKIP() << not_made;
}

}  // namespace
