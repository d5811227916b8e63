// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/recorder/site.hpp"
#include "asioscope/recorder/thread_state.hpp"
#include "asioscope/watchdog/symboliser.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace asioscope::recorder;

/// Runs `work` in a forked child, which gets ten seconds.
bool a_child_can(const std::function<void()>& work) {
  const auto child = fork();
  if (child == 0) {
    alarm(10);
    work();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status == 0;
}

/// Each use of a lock over and over on a thread of its own, while the caller forks.
TEST(fork, a_child_finds_every_lock_free_whatever_the_other_threads_did) {
  const std::vector<std::function<void()>> uses = {
      [] { static_cast<void>(take_snapshot()); },
      [] { set_mode(current_mode()); },
      [] { set_thresholds(current_thresholds()); },
      [] { std::thread([] { static_cast<void>(this_thread()); }).join(); },
      [] { static_cast<void>(take_notes()); },
      [] { static_cast<void>(reports_since(0)); },
      [] { take_clock_reading(); },
      [] { probe_idle_loops(0); },
      [] {
        static_cast<void>(asioscope::watchdog::program_symboliser().function_at(
            reinterpret_cast<const void*>(&take_notes)));
      },
  };
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (const auto& use : uses) {
    busy.emplace_back([&use, &done] {
      while (!done)
        use();
    });
  }
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(a_child_can([&] {
      for (const auto& use : uses)
        use();
    })) << "fork "
        << i;
  }
  done = true;
  for (auto& thread : busy)
    thread.join();
}

}  // namespace
