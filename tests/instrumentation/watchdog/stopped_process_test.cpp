// SPDX-License-Identifier: BSL-1.0
// A process that was stopped and goes on has not stalled. In a program of its own: it forks.
#include "fake_handler.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/watchdog/watch.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <thread>

namespace {

using namespace asioscope;
using namespace std::chrono_literals;

/// Longer than anything a busy machine takes from a thread, shorter than the stop.
constexpr auto threshold = 150ms;
constexpr auto stop = 300ms;

/// How many stalls there have been of at least so long.
int reported_stalls() {
  int stalls = 0;
  for (const auto& report : recorder::reports_since(0).reports)
    stalls += report.kind == schema::report_kind::stall ? 1 : 0;
  return stalls;
}

void work_for(std::chrono::nanoseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    const test::running_handler handler("short");
    test::spin_for(5ms);
  }
}

struct outcome {
  int while_healthy = -1;
  int after_a_stall = -1;
};

/// The child: always in a handler, none of them long; then one that really is.
outcome be_observed(int ready) {
  recorder::set_mode(recorder::mode::metrics);
  recorder::set_thresholds({.slow = 1h, .stall = threshold});
  const watchdog::watch watch;
  work_for(100ms);
  static_cast<void>(!write(ready, "r", 1));
  work_for(stop * 3);
  std::this_thread::sleep_for(100ms);
  outcome result;
  result.while_healthy = reported_stalls();
  {
    const test::running_handler handler("long");
    test::spin_for(threshold * 3);
  }
  std::this_thread::sleep_for(100ms);
  result.after_a_stall = reported_stalls();
  return result;
}

TEST(stopped_process, has_not_stalled) {
  int ready[2];
  int answer[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(answer), 0);
  const pid_t child = fork();
  if (child == 0) {
    const outcome seen = be_observed(ready[1]);
    static_cast<void>(!write(answer[1], &seen, sizeof seen));
    _exit(0);
  }
  ASSERT_GT(child, 0);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  std::this_thread::sleep_for(50ms);
  ASSERT_EQ(kill(child, SIGSTOP), 0);
  std::this_thread::sleep_for(stop);
  ASSERT_EQ(kill(child, SIGCONT), 0);
  outcome seen;
  ASSERT_EQ(read(answer[0], &seen, sizeof seen), static_cast<ssize_t>(sizeof seen));
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(seen.while_healthy, 0);
  EXPECT_EQ(seen.after_a_stall, 1);  // it is not blind either
  for (const int each : {ready[0], ready[1], answer[0], answer[1]})
    close(each);
}

}  // namespace
