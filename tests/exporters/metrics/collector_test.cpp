// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/collector.hpp"

#include "sample_snapshot.hpp"

#include "asioscope/metrics/text_format.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asioscope::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_snapshot;

std::string text_of(collector& from) { return to_text(from.collect()); }

TEST(collector_test, takes_its_figures_from_the_source) {
  collector tested({.source = sample_snapshot});
  EXPECT_THAT(text_of(tested), HasSubstr("asio_loop_threads{loop=\"main\"} 2\n"));
}

TEST(collector_test, the_recorder_is_the_source_unless_told) {
  collector tested;
  const std::string text = text_of(tested);
  EXPECT_THAT(text, HasSubstr("asioscope_memory_bytes "));
  EXPECT_THAT(text, HasSubstr("process_open_fds "));
}

TEST(collector_test, tells_mode_and_threshold_of_the_recorder) {
  collector tested({.source = sample_snapshot});
  recorder::set_mode(recorder::mode::off);
  recorder::set_thresholds({.stall = std::chrono::milliseconds{40}});
  const std::string text = text_of(tested);
  recorder::set_mode(recorder::mode::metrics);
  recorder::set_thresholds({});
  EXPECT_THAT(text, HasSubstr("asioscope_mode{mode=\"off\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("asio_loop_stall_threshold_seconds{loop=\"main\"} 0.04\n"));
  EXPECT_THAT(text_of(tested), HasSubstr("asioscope_mode{mode=\"metrics\"} 1\n"));
}

TEST(collector_test, counts_collections_and_failures) {
  bool fails = false;
  collector tested({.source = [&] {
    if (fails) throw std::runtime_error("no snapshot");
    return sample_snapshot();
  }});
  EXPECT_THAT(text_of(tested), HasSubstr("asioscope_collect_duration_seconds 0\n"));
  fails = true;
  EXPECT_THROW(static_cast<void>(tested.collect()), std::runtime_error);
  fails = false;
  const std::string text = text_of(tested);
  EXPECT_THAT(text, HasSubstr("asioscope_scrapes_total 3\n"));
  EXPECT_THAT(text, HasSubstr("asioscope_collect_errors_total 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("asioscope_collect_duration_seconds 0\n")));
}

TEST(collector_test, process_metrics_may_be_switched_off) {
  collector tested({.source = sample_snapshot, .process = false});
  EXPECT_THAT(text_of(tested), Not(HasSubstr("process_")));
}

TEST(collector_test, the_caps_are_those_of_the_options) {
  collector tested({.source = sample_snapshot,
                    .max_sites = 1,
                    .reserved_sites = 0,
                    .max_tasks = 1,
                    .reserved_tasks = 1});
  const std::string text = text_of(tested);
  EXPECT_THAT(text, HasSubstr("asio_handlers_total{loop=\"main\",site=\"on_read\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("asio_handlers_total{loop=\"main\",site=\"_other\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("asio_tasks_spawned_total{loop=\"main\",task=\"GET /items\"} 20\n"));
}

TEST(collector_test, any_number_of_threads_may_collect) {
  collector tested({.source = sample_snapshot});
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n) {
        if (text_of(tested).find("asio_loop_threads{loop=\"main\"} 2\n") != std::string::npos) {
          ++right;
        }
      }
    });
  }
  for (std::thread& each : threads)
    each.join();
  EXPECT_EQ(right, 100);
  EXPECT_THAT(text_of(tested), HasSubstr("asioscope_scrapes_total 101\n"));
}

}  // namespace
}  // namespace asioscope::metrics
