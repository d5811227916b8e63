// SPDX-License-Identifier: BSL-1.0
#include "thread_activity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

namespace {

using namespace asioscope::watchdog;
using namespace std::chrono_literals;

TEST(parse_activity, understands_what_the_kernel_writes) {
  EXPECT_EQ(parse_activity("running\n").kind, activity::running);
  const auto call = parse_activity("230 0x1 0x0 0x7ffe 0x0 0x0 0x0 0x7ffe0 0x7f12\n");
  EXPECT_EQ(call.kind, activity::system_call);
  EXPECT_EQ(call.number, 230);
  EXPECT_EQ(call.arguments, (std::array<std::uint64_t, 2>{1, 0}));
  EXPECT_EQ(call.stack_pointer, 0x7ffe0U);
  EXPECT_EQ(call.program_counter, 0x7f12U);
  EXPECT_EQ(parse_activity("-1 0x7ffe0 0x7f12\n").kind, activity::blocked);
}

TEST(parse_activity, believes_no_registers_that_are_cut_off) {
  for (const auto* text : {"230 0x1 0x2\n", "230 0x1 0x0 0x7ffe 0x0 0x0 0x0 0x7ffe0",
                           "230 0x1 0x0 0x7ffe 0x0 0x0 0x0 zz 0x1"}) {
    const auto call = parse_activity(text);
    EXPECT_EQ(call.kind, activity::system_call) << text;
    EXPECT_EQ(call.number, 230) << text;
    EXPECT_EQ(call.stack_pointer, 0U) << text;
    EXPECT_EQ(call.program_counter, 0U) << text;
  }
}

TEST(parse_state, finds_the_letter_behind_any_name) {
  EXPECT_EQ(parse_state("12 (shop) S 1 2 3"), 'S');
  EXPECT_EQ(parse_state("12 (a) R (b) D 1 2 3"), 'D');
  for (const auto* text : {"", "12", "12 (shop", "12 (shop)", "12 (shop) "})
    EXPECT_EQ(parse_state(text), 0) << text;
}

TEST(parse_run_delay, is_the_second_figure) {
  EXPECT_EQ(parse_run_delay("153052 4711 1\n"), 4711U);
  for (const auto* text : {"", "153052", "153052 ", "a b c"})
    EXPECT_EQ(parse_run_delay(text), std::nullopt) << text;
}

TEST(parse_sleeps, are_the_voluntary_switches) {
  EXPECT_EQ(parse_sleeps("Name:\tx\nvoluntary_ctxt_switches:\t17\n"
                         "nonvoluntary_ctxt_switches:\t3\n"),
            17U);
  EXPECT_EQ(parse_sleeps("Name:\tx\nnonvoluntary_ctxt_switches:\t3\n"), std::nullopt);
  EXPECT_EQ(parse_sleeps("x\nvoluntary_ctxt_switches:\tz\n"), std::nullopt);
}

TEST(parse_activity, takes_anything_else_for_unknown) {
  for (const auto* text : {"", "\n", "runn", "12x", "abc 0x1"}) {
    const auto found = parse_activity(text);
    EXPECT_EQ(found.kind, activity::unknown) << text;
    EXPECT_FALSE(found.reason.empty()) << text;
  }
}

TEST(parse_blocks_signal, reads_the_bit_of_the_signal) {
  constexpr const char* text =
      "Name:\tshop\nSigPnd:\t0000000000000001\nSigBlk:\t0000001000000200\n";
  EXPECT_EQ(parse_blocks_signal(text, 37), true);
  EXPECT_EQ(parse_blocks_signal(text, 10), true);
  EXPECT_EQ(parse_blocks_signal(text, 1), false);
  EXPECT_EQ(parse_blocks_signal(text, 38), false);
  EXPECT_EQ(parse_blocks_signal(text, 64), false);
}

TEST(parse_blocks_signal, says_nothing_when_the_text_does_not) {
  EXPECT_EQ(parse_blocks_signal("", 37), std::nullopt);
  EXPECT_EQ(parse_blocks_signal("Name:\tSigBlk\n", 37), std::nullopt);
  EXPECT_EQ(parse_blocks_signal("x\nSigBlk:\tzz\n", 37), std::nullopt);
  EXPECT_EQ(parse_blocks_signal("x\nSigBlk:\t0000000000000000\n", 65), std::nullopt);
}

TEST(system_call_name, is_the_kernels) {
  EXPECT_EQ(system_call_name(SYS_clock_nanosleep), "clock_nanosleep");
  EXPECT_EQ(system_call_name(SYS_read), "read");
  EXPECT_EQ(system_call_name(SYS_futex), "futex");
  EXPECT_EQ(system_call_name(999'999), "system call 999999");
}

class other_thread {
 public:
  explicit other_thread(void (*body)(const std::atomic<bool>&))
      : thread_([this, body] {
          id_ = static_cast<pid_t>(syscall(SYS_gettid));
          body(stop_);
        }) {
    while (id_ == 0)
      std::this_thread::yield();
  }
  ~other_thread() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] pid_t id() const { return id_; }

 private:
  std::atomic<pid_t> id_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Looks until the thread does what is expected, or for five seconds.
thread_activity eventually(pid_t thread, activity expected) {
  const auto give_up = std::chrono::steady_clock::now() + 5s;
  auto found = activity_of(thread);
  while (found.kind != expected && std::chrono::steady_clock::now() < give_up)
    found = activity_of(thread);
  return found;
}

TEST(activity_of, tells_a_busy_thread_from_a_sleeping_one) {
  const other_thread busy([](const std::atomic<bool>& stop) {
    while (!stop) {
    }
  });
  EXPECT_EQ(eventually(busy.id(), activity::running).kind, activity::running);
  const other_thread asleep([](const std::atomic<bool>& stop) {
    while (!stop)
      std::this_thread::sleep_for(100ms);
  });
  const auto found = eventually(asleep.id(), activity::system_call);
  EXPECT_EQ(found.kind, activity::system_call);
  EXPECT_EQ(system_call_name(found.number), "clock_nanosleep");
}

TEST(activity_of, gives_a_reason_for_a_thread_that_is_not_there) {
  const auto found = activity_of(1);  // not one of ours
  EXPECT_EQ(found.kind, activity::unknown);
  EXPECT_THAT(found.reason, testing::HasSubstr("No such file"));
}

TEST(read_thread, counts_processor_time_and_sleeps) {
  const auto self = static_cast<pid_t>(syscall(SYS_gettid));
  const auto before = read_thread(self);
  const auto end = std::chrono::steady_clock::now() + 20ms;
  while (std::chrono::steady_clock::now() < end) {
  }
  for (int i = 0; i < 3; ++i)
    std::this_thread::sleep_for(1ms);
  const auto after = read_thread(self);
  EXPECT_EQ(after.state, 'R');
  EXPECT_GE(after.time_ns - before.time_ns, 23'000'000);
  ASSERT_TRUE(before.cpu_ns && after.cpu_ns);
  EXPECT_GT(*after.cpu_ns, *before.cpu_ns);
  ASSERT_TRUE(before.sleeps && after.sleeps);
  EXPECT_GE(*after.sleeps, *before.sleeps + 3);
  EXPECT_EQ(after.run_delay_ns.has_value(), own_run_delay().has_value());
}

TEST(read_thread, knows_nothing_of_a_thread_that_is_not_there) {
  const auto found = read_thread(1);
  EXPECT_EQ(found.state, 0);
  EXPECT_EQ(found.doing.kind, activity::unknown);
  EXPECT_EQ(found.cpu_ns, std::nullopt);
  EXPECT_EQ(found.run_delay_ns, std::nullopt);
  EXPECT_EQ(found.sleeps, std::nullopt);
}

std::mutex held;
std::condition_variable never;

TEST(read_thread, names_the_owner_of_the_mutex_that_is_waited_for) {
  std::unique_lock lock(held);
  {
    const other_thread waiting([](const std::atomic<bool>&) { const std::lock_guard wait(held); });
    static_cast<void>(eventually(waiting.id(), activity::system_call));
    EXPECT_EQ(read_thread(waiting.id()).mutex_owner, static_cast<pid_t>(syscall(SYS_gettid)));
    lock.unlock();
  }
  const other_thread waiting([](const std::atomic<bool>& stop) {
    std::unique_lock wait(held);
    while (!stop)
      never.wait_for(wait, 100ms);
  });
  static_cast<void>(eventually(waiting.id(), activity::system_call));
  const auto found = read_thread(waiting.id());
  EXPECT_EQ(system_call_name(found.doing.number), "futex");
  EXPECT_EQ(found.mutex_owner, 0);
}

TEST(blocks_signal, sees_the_mask_of_a_thread) {
  const auto self = static_cast<pid_t>(syscall(SYS_gettid));
  EXPECT_EQ(blocks_signal(self, SIGUSR2), false);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  EXPECT_EQ(blocks_signal(self, SIGUSR2), true);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace
