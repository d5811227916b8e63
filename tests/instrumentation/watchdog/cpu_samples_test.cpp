// SPDX-License-Identifier: BSL-1.0
#include "cpu_samples.hpp"

#include <gtest/gtest.h>

namespace {

using namespace asioscope::watchdog;

constexpr std::uint32_t thread = 1;

TEST(cpu_samples, know_nothing_of_a_thread_that_was_never_looked_at) {
  cpu_samples samples;
  EXPECT_EQ(samples.ended(thread, 100, 200, 50), std::nullopt);
}

TEST(cpu_samples, give_the_exact_time_when_the_sample_is_that_of_the_begin) {
  cpu_samples samples;
  samples.looked(thread, 0, 100, 10);
  EXPECT_EQ(samples.ended(thread, 100, 200, 40), (cpu_bounds{30, 30}));
}

TEST(cpu_samples, leave_open_what_happened_before_the_begin) {
  cpu_samples samples;
  samples.looked(thread, 0, 80, 10);
  // Of 30 spent since, up to 20 may have been before.
  EXPECT_EQ(samples.ended(thread, 100, 200, 40), (cpu_bounds{10, 30}));
}

TEST(cpu_samples, say_no_more_than_there_was_time) {
  cpu_samples samples;
  samples.looked(thread, 0, 0, 0);
  EXPECT_EQ(samples.ended(thread, 100, 200, 190), (cpu_bounds{90, 100}));
  EXPECT_EQ(samples.ended(thread, 1'000, 1'100, 200), (cpu_bounds{0, 10}));
}

TEST(cpu_samples, taken_during_the_run_are_for_the_next_one) {
  cpu_samples samples;
  samples.looked(thread, 0, 90, 10);
  samples.looked(thread, 7, 150, 60);
  samples.looked(thread, 7, 170, 80);
  EXPECT_EQ(samples.ended(thread, 100, 200, 110), (cpu_bounds{90, 100}));
}

TEST(cpu_samples, the_end_of_a_run_is_one_too) {
  cpu_samples samples;
  samples.looked(thread, 0, 0, 0);
  static_cast<void>(samples.ended(thread, 100, 200, 50));
  EXPECT_EQ(samples.ended(thread, 200, 300, 70), (cpu_bounds{20, 20}));
}

TEST(cpu_samples, of_another_thread_say_nothing) {
  cpu_samples samples;
  samples.looked(thread, 0, 0, 0);
  EXPECT_EQ(samples.ended(thread + 1, 100, 200, 50), std::nullopt);
}

TEST(cpu_samples, of_threads_that_are_gone_are_forgotten) {
  cpu_samples samples;
  samples.looked(thread, 0, 0, 0);
  samples.forget_gone();
  samples.forget_gone();
  EXPECT_EQ(samples.ended(thread, 100, 200, 50), std::nullopt);
}

}  // namespace
