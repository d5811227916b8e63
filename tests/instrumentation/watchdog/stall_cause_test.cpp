// SPDX-License-Identifier: BSL-1.0
#include "stall_cause.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <optional>
#include <string>

namespace asioscope::watchdog {
namespace {

constexpr std::uint64_t wall = 1'000;
using figure = std::optional<std::uint64_t>;

thread_evidence evidence(char before, char state, long call, figure cpu, figure delay = 0,
                         figure sleeps = 0) {
  thread_evidence seen;
  seen.state_before = before;
  seen.state = state;
  seen.system_call = call;
  seen.wall_ns = wall;
  seen.cpu_ns = cpu;
  seen.run_delay_ns = delay;
  seen.sleeps = sleeps;
  return seen;
}

std::string cause(const thread_evidence& seen) { return text_of(cause_of(seen), seen.system_call); }

TEST(cause_of, is_the_processor_when_the_thread_had_it_most_of_the_time) {
  EXPECT_EQ(cause(evidence('R', 'R', -1, wall)), "on CPU");
  EXPECT_EQ(cause(evidence('R', 'R', -1, 501, 499)), "on CPU");
  // Between two short calls, or in one of them: many short calls are work.
  EXPECT_EQ(cause(evidence('R', 'S', SYS_read, 900, 0, 50)), "on CPU");
  EXPECT_EQ(cause(evidence('S', 'R', -1, 900, 0, 50)), "on CPU");
}

TEST(cause_of, is_the_call_in_which_the_thread_waits) {
  EXPECT_EQ(cause(evidence('S', 'S', SYS_read, 0)), "in system call read");
  EXPECT_EQ(cause(evidence('S', 'D', SYS_fsync, 0)), "in system call fsync");
  EXPECT_EQ(cause(evidence('R', 'S', SYS_clock_nanosleep, 300, 100, 1)),
            "in system call clock_nanosleep");
  // Figures that the kernel does not give change nothing.
  EXPECT_EQ(cause(evidence('S', 'S', SYS_read, {}, {}, {})), "in system call read");
  EXPECT_EQ(cause(evidence(0, 0, SYS_read, {}, {}, {})), "in system call read");
}

TEST(cause_of, is_the_mutex_when_the_call_waits_for_one) {
  auto waiting = evidence('S', 'S', SYS_futex, 0);
  EXPECT_EQ(cause(waiting), "in system call futex");
  waiting.mutex = true;
  EXPECT_EQ(cause(waiting), "waiting for a mutex");
}

TEST(cause_of, is_the_lack_of_a_processor) {
  // Booked by the kernel.
  EXPECT_EQ(cause(evidence('R', 'R', -1, 300, 700)), "descheduled");
  EXPECT_EQ(cause(evidence('R', 'S', SYS_read, 100, 800, 1)), "descheduled");
  // Not booked yet: it never slept, and did not run either.
  EXPECT_EQ(cause(evidence('R', 'R', -1, 0)), "descheduled");
  EXPECT_EQ(cause(evidence('R', 'R', -1, 300, 0, 0)), "descheduled");
  EXPECT_EQ(cause(evidence('R', 'R', -1, 300, {}, 0)), "descheduled");
  // Woken up and ready ever since, as far as is known.
  EXPECT_EQ(cause(evidence('S', 'R', -1, 0, 0, 0)), "descheduled");
}

TEST(cause_of, does_not_take_sleep_for_a_lack_of_processor) {
  EXPECT_EQ(cause(evidence('R', 'R', -1, 300, 0, 1)), "on CPU");
  EXPECT_EQ(cause(evidence('S', 'R', -1, 300, 0, 0)), "on CPU");
  EXPECT_EQ(cause(evidence('S', 'R', -1, 100, 300, 3)), "descheduled");
}

TEST(cause_of, is_the_kernel_when_the_thread_waits_in_no_call) {
  EXPECT_EQ(cause(evidence('R', 'D', -1, 0)), "waiting in the kernel");
  EXPECT_EQ(cause(evidence('S', 'S', -1, 0)), "waiting in the kernel");
}

TEST(cause_of, is_the_one_who_stopped_the_thread) {
  EXPECT_EQ(cause(evidence('R', 't', -1, wall)), "stopped");
  EXPECT_EQ(cause(evidence('R', 'T', SYS_read, 0)), "stopped");
}

TEST(cause_of, is_unknown_when_nothing_is_known) {
  EXPECT_EQ(cause(evidence(0, 0, -1, {}, {}, {})), "");
  EXPECT_EQ(cause(evidence('R', 'R', -1, {}, {}, {})), "");
  EXPECT_EQ(cause(evidence('S', 'Z', -1, 0)), "");
}

/// Whatever is seen, the answer never contradicts it.
TEST(cause_of, never_contradicts_what_was_seen) {
  const figure figures[] = {std::nullopt, 0, 1, 499, 500, 501, 999, 1'000, 5'000};
  for (const char before : {'\0', 'R', 'S', 'D'})
    for (const char state : {'\0', 'R', 'S', 'D', 'T', 't', 'X'})
      for (const long call : {-1L, 0L, 202L})
        for (const bool mutex : {false, true})
          for (const auto cpu : figures)
            for (const auto delay : figures)
              for (const figure sleeps : {figure{}, figure{0}, figure{3}}) {
                auto seen = evidence(before, state, call, cpu, delay, sleeps);
                seen.mutex = mutex && call >= 0;
                const auto found = cause_of(seen);
                const bool stopped = state == 'T' || state == 't';
                ASSERT_EQ(found == stall_cause::stopped, stopped);
                if (stopped) continue;
                if (cpu > wall / 2) {
                  ASSERT_EQ(found, stall_cause::on_cpu);
                }
                if (found == stall_cause::on_cpu) {
                  ASSERT_GT(cpu.value(), 0U);
                }
                if (found == stall_cause::system_call) {
                  ASSERT_TRUE(call >= 0 && !seen.mutex);
                }
                if (found == stall_cause::mutex) {
                  ASSERT_TRUE(seen.mutex);
                }
                if (found == stall_cause::kernel) {
                  ASSERT_TRUE(call < 0 && state != 'R');
                }
                if (found == stall_cause::descheduled) {
                  ASSERT_TRUE(state == 'R' || delay > wall / 2);
                }
                if (found == stall_cause::unknown) {
                  ASSERT_TRUE(call < 0);
                }
              }
}

TEST(cause_of, needs_some_time_to_tell_anything_about_a_processor) {
  auto seen = evidence('R', 'R', -1, 0);
  seen.wall_ns = 0;
  EXPECT_EQ(cause_of(seen), stall_cause::unknown);
}

TEST(evidence_between, is_what_changed) {
  thread_reading before;
  before.state = 'R';
  before.cpu_ns = 100;
  before.run_delay_ns = 10;
  before.sleeps = 7;
  before.time_ns = 1'000;
  thread_reading after = before;
  after.state = 'S';
  after.doing.kind = activity::system_call;
  after.doing.number = SYS_read;
  after.cpu_ns = 150;
  after.run_delay_ns = 12;
  after.sleeps = 8;
  after.time_ns = 1'600;
  auto seen = evidence_between(before, after);
  EXPECT_EQ(seen.state_before, 'R');
  EXPECT_EQ(seen.state, 'S');
  EXPECT_EQ(seen.system_call, SYS_read);
  EXPECT_FALSE(seen.mutex);
  EXPECT_EQ(seen.wall_ns, 600U);
  EXPECT_EQ(seen.cpu_ns, 50U);
  EXPECT_EQ(seen.run_delay_ns, 2U);
  EXPECT_EQ(seen.sleeps, 1U);
  after.mutex_owner = 4711;
  EXPECT_TRUE(evidence_between(before, after).mutex);
  after.cpu_ns.reset();
  before.run_delay_ns.reset();
  after.sleeps = 6;  // of another thread with the same id
  seen = evidence_between(before, after);
  EXPECT_EQ(seen.cpu_ns, std::nullopt);
  EXPECT_EQ(seen.run_delay_ns, std::nullopt);
  EXPECT_EQ(seen.sleeps, std::nullopt);
  EXPECT_EQ(evidence_between(after, before).wall_ns, 0U);
}

}  // namespace
}  // namespace asioscope::watchdog
