// SPDX-License-Identifier: BSL-1.0
#include "slow_samples.hpp"

#include "figures.hpp"

#include "asioscope/recorder/annotate.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;
using std::chrono::microseconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void spin(std::uint64_t nanoseconds) {
  for (const ticks end = now_ticks() + to_ticks(nanoseconds); now_ticks() < end;) {
  }
}

/// The slow samples of one loop.
struct kept {
  explicit kept(const char* loop_name) {
    const auto* const loop = now.find_loop(loop_name);
    if (loop == nullptr) return;
    for (const schema::slow_sample& each : now.all().slow_samples)
      if (each.loop == loop->id) samples.push_back(each);
  }
  [[nodiscard]] std::vector<schema::slow_sample> of(schema::slow_figure figure) const {
    std::vector<schema::slow_sample> result;
    for (const schema::slow_sample& each : samples)
      if (each.figure == figure) result.push_back(each);
    return result;
  }
  figures now;
  std::vector<schema::slow_sample> samples;
};

class slow_samples : public ::testing::Test {
 protected:
  slow_samples()
      : name_(::testing::UnitTest::GetInstance()->current_test_info()->name()),
        site_(register_site(schema::site_kind::handler, name_, "post")) {
    initialise_clock();
    set_loop_name(this, name_);
    set_thresholds({.slow = microseconds{200}});
  }
  ~slow_samples() override {
    loop_gone(this);
    set_thresholds({});
  }

  /// A run on this thread of at least that long, after it was ready for so long.
  void run(std::uint64_t nanoseconds, const char* trace = "", std::uint64_t delay_ns = 0) {
    thread_state& thread = this_thread();
    run_start start;
    start.cells = &thread.cells_of(loop_of_context(this));
    start.site = site_;
    if (delay_ns != 0) {
      start.ready = proper_stamp(now_ticks() - to_ticks(delay_ns));
      start.ready_known = true;
    }
    thread.last_end = 0;
    thread.begin_run(start);
    asioscope::set_trace_id(trace);
    spin(nanoseconds);
    thread.end_run();
  }

  /// A run that took just so long, as it is told when it ends.
  void told(std::uint64_t nanoseconds, const char* trace, std::uint64_t delay_ns = 0) {
    note about;
    about.loop = loop_of_context(this).id;
    about.site = site_;
    about.duration = to_ticks(nanoseconds);
    about.delay = to_ticks(delay_ns);
    about.trace_id = trace;
    keep_slow_run(about);
  }

  const char* name_;
  site_id site_;
};

TEST_F(slow_samples, of_fast_runs_there_are_none) {
  set_thresholds({.slow = std::chrono::seconds{10}});
  for (int i = 0; i < 100; ++i)
    run(1000);
  EXPECT_THAT(kept(name_).samples, IsEmpty());
}

TEST_F(slow_samples, says_what_a_slow_run_was) {
  const std::int64_t before = read_clock().monotonic_ns;
  run(300'000, "4bf92f3577b34da6");
  const kept got(name_);
  ASSERT_THAT(got.samples, SizeIs(1));
  const schema::slow_sample& sample = got.samples[0];
  EXPECT_EQ(sample.figure, schema::slow_figure::run);
  EXPECT_EQ(sample.site, site_);
  EXPECT_EQ(sample.trace_id, "4bf92f3577b34da6");
  EXPECT_GE(sample.duration_ns, 299'999U);
  EXPECT_GE(sample.time_ns, before - 1'000'000);
  EXPECT_LE(sample.time_ns, read_clock().monotonic_ns + 1'000'000);
  // The histogram has just that one.
  const schema::histogram counted = got.now.handlers(name_).run;
  EXPECT_EQ(counted.count(), 1U);
  EXPECT_EQ(counted.buckets[sample.bucket], 1U);
  EXPECT_EQ(counted.sum_ns, sample.duration_ns);
}

TEST_F(slow_samples, the_latest_of_a_bucket_stays) {
  // More than there are buckets from here to a second.
  for (int i = 0; i < 40; ++i)
    run(300'000, std::to_string(i).c_str());
  const kept got(name_);
  EXPECT_LT(got.samples.size(), 40U);
  bool latest = false;
  for (const schema::slow_sample& each : got.samples)
    latest |= each.trace_id == "39";
  EXPECT_TRUE(latest);
}

TEST_F(slow_samples, a_long_queue_delay_is_kept_and_a_short_one_is_not) {
  told(300'000, "short", 20'000);
  EXPECT_THAT(kept(name_).of(schema::slow_figure::delay), IsEmpty());
  run(300'000, "long", 50'000'000);
  const kept got(name_);
  const auto delays = got.of(schema::slow_figure::delay);
  ASSERT_THAT(delays, SizeIs(1));
  EXPECT_EQ(delays[0].trace_id, "long");
  EXPECT_EQ(got.now.handlers(name_).delay.buckets[delays[0].bucket], 1U);
}

TEST_F(slow_samples, outlive_their_thread) {
  std::thread([&] { run(300'000, "gone"); }).join();
  const kept got(name_);
  ASSERT_THAT(got.samples, SizeIs(1));
  EXPECT_EQ(got.samples[0].trace_id, "gone");
  EXPECT_EQ(got.now.handlers(name_).run.buckets[got.samples[0].bucket], 1U);
}

TEST_F(slow_samples, a_lag_is_put_down_to_the_run_that_was_most_of_it) {
  const loop_id loop = loop_of_context(this).id;
  const ticks since = now_ticks();
  told(300'000, "a little");
  told(3'000'000, "the most");
  keep_late(loop, schema::slow_figure::corrected_lag, to_ticks(4'000'000), since);
  const auto lags = kept(name_).of(schema::slow_figure::corrected_lag);
  ASSERT_THAT(lags, SizeIs(1));
  EXPECT_EQ(lags[0].trace_id, "the most");
  EXPECT_EQ(lags[0].bucket, bucket_of(to_ticks(4'000'000)));
}

TEST_F(slow_samples, a_lag_that_no_run_explains_is_not_kept) {
  const loop_id loop = loop_of_context(this).id;
  told(3'000'000, "before");
  const ticks since = now_ticks();
  told(300'000, "too short");
  keep_late(loop, schema::slow_figure::lag, to_ticks(4'000'000), since);
  keep_late(loop, schema::slow_figure::lag, to_ticks(1'000), 0);  // no lag to speak of
  EXPECT_THAT(kept(name_).of(schema::slow_figure::lag), IsEmpty());
}

TEST_F(slow_samples, a_stall_is_counted_by_its_cause_and_kept) {
  note about;
  about.loop = loop_of_context(this).id;
  about.site = site_;
  about.task = 7;
  about.trace_id = "stuck";
  count_stall(about, schema::stall_cause::mutex);
  count_stall(about, schema::stall_cause::unknown);
  const kept got(name_);
  EXPECT_EQ(got.now.loop(name_).stalls, 2U);
  for (const schema::stall_causes& each : got.now.all().causes) {
    if (each.loop != about.loop) continue;
    EXPECT_EQ(each.counts, (std::array<std::uint64_t, schema::stall_cause_count>{1, 0, 0, 1}));
  }
  ASSERT_THAT(got.of(schema::slow_figure::stall), SizeIs(1));
  EXPECT_EQ(got.of(schema::slow_figure::stall)[0].trace_id, "stuck");
  EXPECT_EQ(got.of(schema::slow_figure::stall)[0].task, 7U);
}

TEST_F(slow_samples, are_counted_whenever_they_are_shown) {
  std::atomic<bool> stop{false};
  std::thread recording([&] {
    while (!stop)
      run(210'000, "busy");
  });
  for (int i = 0; i < 200; ++i) {
    const kept got(name_);
    const schema::histogram counted = got.now.handlers(name_).run;
    for (const schema::slow_sample& each : got.of(schema::slow_figure::run))
      EXPECT_GT(counted.buckets[each.bucket], 0U);
  }
  stop = true;
  recording.join();
}

}  // namespace
