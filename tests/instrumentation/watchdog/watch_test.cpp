// SPDX-License-Identifier: BSL-1.0
#include "asioscope/watchdog/watch.hpp"

#include "fake_handler.hpp"

#include "asioscope/recorder/annotate.hpp"
#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace shop {

/// Blocks until told, so that no test depends on who is faster.
std::atomic<bool> enough{false};

[[gnu::noinline]] void parse_catalogue() {
  while (!enough) {
  }
  asm volatile("");
}

[[gnu::noinline]] void take_from_stock(std::mutex& stock) {
  const std::lock_guard wait(stock);
  asm volatile("");
}

[[gnu::noinline]] int wait_for_delivery() {
  const int result = usleep(150'000);
  asm volatile("");
  return result;
}

}  // namespace shop

namespace {

using namespace asioscope;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto threshold = 25ms;

class watch_test : public testing::Test {
 protected:
  watch_test() {
    recorder::set_mode(recorder::mode::metrics);
    recorder::set_thresholds({2ms, threshold});
    static_cast<void>(recorder::take_notes());
    seen_before_ = recorder::reports_since(0).sequence;
  }

  watchdog::watch_options options() {
    watchdog::watch_options result;
    result.deliver = [this](const schema::report& value, std::uint64_t suppressed) {
      const std::lock_guard lock(mutex_);
      delivered_.push_back({value, suppressed, recorder::read_clock().monotonic_ns});
    };
    return result;
  }

  struct delivery {
    schema::report value;
    std::uint64_t suppressed = 0;
    std::int64_t time_ns = 0;
  };

  std::vector<delivery> delivered() {
    const std::lock_guard lock(mutex_);
    return delivered_;
  }

  schema::report delivered_first() {
    EXPECT_TRUE(eventually([&] { return !delivered().empty(); }));
    return delivered().at(0).value;
  }

  [[nodiscard]] std::vector<schema::report> published() const {
    return recorder::reports_since(seen_before_).reports;
  }

  /// Waits until `condition` holds, at most five seconds.
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto give_up = std::chrono::steady_clock::now() + 5s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }

 private:
  std::uint64_t seen_before_ = 0;
  std::mutex mutex_;
  std::vector<delivery> delivered_;
};

schema::loop_statistics loop_figures() {
  const auto id = recorder::loop_of_context(&test::running_handler::loop_key).id;
  const auto snapshot = recorder::take_snapshot();
  const auto found = std::find_if(snapshot.loop_stats.begin(), snapshot.loop_stats.end(),
                                  [&](const auto& loop) { return loop.loop == id; });
  return found == snapshot.loop_stats.end() ? schema::loop_statistics{} : *found;
}

/// A thread in a handler that blocks its loop.
std::thread stuck_thread() {
  shop::enough = false;
  return std::thread([] {
    const test::running_handler handler("catalogue");
    shop::parse_catalogue();
  });
}

TEST_F(watch_test, reports_a_stall_while_it_lasts_with_the_function_that_blocks) {
  const watchdog::watch watch(options());
  const auto before = loop_figures();
  auto stuck = stuck_thread();
  const bool reported = eventually([&] { return !published().empty(); });
  const auto counted = loop_figures();
  shop::enough = true;
  stuck.join();
  ASSERT_TRUE(reported);
  const auto ongoing = delivered_first();
  EXPECT_EQ(ongoing.kind, schema::report_kind::stall);
  EXPECT_TRUE(ongoing.ongoing);
  EXPECT_GE(ongoing.duration_ns, 25'000'000U);
  EXPECT_EQ(ongoing.culprit, "shop::parse_catalogue") << ongoing.message;
  EXPECT_THAT(ongoing.message, IsEmpty());
  EXPECT_EQ(counted.stalls, before.stalls + 1);

  ASSERT_TRUE(eventually([&] { return !published().back().ongoing; }));
  const auto ended = published();
  ASSERT_EQ(ended.size(), 1U);  // no second report, of a slow run
  EXPECT_EQ(ended[0].id, ongoing.id);
  EXPECT_EQ(ended[0].culprit, ongoing.culprit);
  EXPECT_GE(ended[0].duration_ns, ongoing.duration_ns);
  EXPECT_EQ(loop_figures().stalls, before.stalls + 1);
  EXPECT_EQ(loop_figures().stall_ns - before.stall_ns, ended[0].duration_ns);
}

TEST_F(watch_test, says_what_the_program_said_of_itself) {
  const watchdog::watch watch(options());
  shop::enough = false;
  std::thread stuck([] {
    const test::running_handler handler("annotated");
    asioscope::set_trace_id("4bf92f3577b34da6");
    const asioscope::scope order("order 17");
    { const asioscope::scope over("over by then"); }
    const asioscope::scope pay("pay");
    shop::parse_catalogue();
  });
  const auto report = delivered_first();
  shop::enough = true;
  stuck.join();
  EXPECT_THAT(report.scopes, testing::ElementsAre("order 17", "pay"));
  EXPECT_EQ(report.trace_id, "4bf92f3577b34da6");
}

TEST_F(watch_test, delivers_the_report_soon_after_the_threshold_and_its_end) {
  const watchdog::watch watch(options());
  for (std::size_t i = 0; i < 2; ++i) {  // the first one reads the symbols
    auto stuck = stuck_thread();
    const bool reported = eventually([&] { return delivered().size() == 2 * i + 1; });
    shop::enough = true;
    stuck.join();
    ASSERT_TRUE(reported);
    ASSERT_TRUE(eventually([&] { return delivered().size() == 2 * i + 2; }));
    const auto [begun, suppressed, time_ns] = delivered()[2 * i];
    EXPECT_TRUE(begun.ongoing);
    const auto after_begin = std::chrono::nanoseconds(time_ns - begun.time_ns);
    RecordProperty("report_after_ms_" + std::to_string(i), static_cast<int>(after_begin / 1ms));
    // 45 ms on a machine that has nothing else to do; how late it may be here depends on what else
    // it does.
    EXPECT_GE(after_begin, threshold);
    EXPECT_EQ(delivered()[2 * i + 1].value.id, begun.id);
    EXPECT_FALSE(delivered()[2 * i + 1].value.ongoing);
  }
}

TEST_F(watch_test, sees_who_waits_in_a_system_call_and_does_not_interrupt_it) {
  const watchdog::watch watch(options());
  std::uint64_t duration_ns = 0;
  // For how long the whole machine stood still is not counted: then again.
  for (std::size_t i = 0; i < 5 && duration_ns < 150'000'000U; ++i) {
    int result = -2;
    std::thread asleep([&] {
      const test::running_handler handler("sleeper");
      result = shop::wait_for_delivery();
    });
    ASSERT_TRUE(eventually([&] { return published().size() > i; }));
    const auto report = published()[i];
    asleep.join();
    EXPECT_EQ(result, 0);
    EXPECT_EQ(report.kind, schema::report_kind::stall);
    EXPECT_EQ(report.cause, "in system call clock_nanosleep");
    EXPECT_THAT(report.message, IsEmpty());
    EXPECT_EQ(report.culprit, "shop::wait_for_delivery");
    ASSERT_TRUE(eventually([&] { return !published()[i].ongoing; }));
    duration_ns = published()[i].duration_ns;
  }
  EXPECT_GE(duration_ns, 150'000'000U);
}

TEST_F(watch_test, tells_who_holds_the_mutex) {
  const watchdog::watch watch(options());
  std::mutex stock;
  std::unique_lock lock(stock);
  std::thread waiting([&] {
    const test::running_handler handler("order");
    shop::take_from_stock(stock);
  });
  ASSERT_TRUE(eventually([&] { return !published().empty(); }));
  const auto report = published().front();
  lock.unlock();
  waiting.join();
  EXPECT_EQ(report.cause, "waiting for a mutex");
  EXPECT_THAT(report.message, HasSubstr("the mutex is held by thread " +
                                        std::to_string(syscall(SYS_gettid)) + " ("));
  EXPECT_EQ(report.culprit, "shop::take_from_stock");
}

TEST_F(watch_test, tells_where_the_holder_of_the_mutex_waits) {
  const watchdog::watch watch(options());
  std::mutex stock;
  std::atomic<bool> locked{false};
  std::thread holder([&] {
    const test::running_handler handler("inventory");
    const std::lock_guard lock(stock);
    locked = true;
    shop::wait_for_delivery();
  });
  while (!locked)
    std::this_thread::yield();
  std::thread waiting([&] {
    const test::running_handler handler("order");
    shop::take_from_stock(stock);
  });
  waiting.join();
  holder.join();
  const auto of_order = [&] {
    for (const auto& report : published())
      if (report.culprit == "shop::take_from_stock") return report.message;
    return std::string();
  };
  ASSERT_TRUE(eventually([&] { return !of_order().empty(); }));
  EXPECT_THAT(of_order(), HasSubstr(", which runs inventory, which waits in "
                                    "shop::wait_for_delivery"));
}

TEST_F(watch_test, looks_again_while_a_stall_lasts_and_merges_what_it_sees) {
  const watchdog::watch watch(options());
  auto stuck = stuck_thread();
  const bool seen =
      eventually([&] { return !published().empty() && published().front().samples >= 4; });
  const auto ongoing = published();
  const auto told = delivered().size();
  shop::enough = true;
  stuck.join();
  ASSERT_TRUE(seen);
  ASSERT_EQ(ongoing.size(), 1U);
  EXPECT_TRUE(ongoing[0].ongoing);
  EXPECT_GE(ongoing[0].duration_ns, 8 * 25'000'000U);
  EXPECT_EQ(ongoing[0].culprit, "shop::parse_catalogue");
  EXPECT_GE(ongoing[0].stack_count, 2U);
  EXPECT_EQ(told, 1U);  // who is told line by line is not told the same again

  ASSERT_TRUE(eventually([&] { return delivered().size() == 2; }));
  EXPECT_EQ(delivered()[1].value.id, ongoing[0].id);
  EXPECT_GE(delivered()[1].value.samples, 4U);
  EXPECT_EQ(delivered()[1].value, published().front());
}

TEST_F(watch_test, sees_on_which_processor_time_a_busy_thread_lives) {
  const watchdog::watch watch(options());
  bool on_cpu = false;
  bool starved = false;
  for (int i = 0; i < 10 && !on_cpu; ++i) {
    const auto before = published().size();
    const auto begin = std::chrono::steady_clock::now();
    const auto used = std::clock();
    auto stuck = stuck_thread();
    eventually([&] { return published().size() > before && published().back().samples >= 3; });
    shop::enough = true;
    stuck.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    starved = static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC < 0.75 * took.count();
    on_cpu = published().back().cause == "on CPU";
    EXPECT_TRUE(on_cpu || published().back().cause == "descheduled") << published().back().cause;
  }
  EXPECT_TRUE(on_cpu || starved);  // other programs may take the processor away
}

TEST_F(watch_test, gives_grace_at_the_start) {
  auto wanted = options();
  wanted.grace = 400ms;
  const watchdog::watch watch(wanted);
  auto stuck = stuck_thread();
  std::this_thread::sleep_for(200ms);
  const auto early = published();
  const bool reported = eventually([&] { return !published().empty(); });
  shop::enough = true;
  stuck.join();
  EXPECT_THAT(early, IsEmpty());
  ASSERT_TRUE(reported);
  // It began a moment after the watch did.
  EXPECT_GE(published().front().duration_ns, 250'000'000U);
}

TEST_F(watch_test, says_nothing_about_a_healthy_loop) {
  const watchdog::watch watch(options());
  const auto end = std::chrono::steady_clock::now() + 300ms;
  while (std::chrono::steady_clock::now() < end) {
    const test::running_handler handler("healthy");
    test::spin_for(10us);
  }
  std::this_thread::sleep_for(100ms);
  // The machine may have taken the processor away for long; what is asked for is no stall without a
  // cause.
  for (const auto& report : published())
    EXPECT_GE(report.duration_ns, 2'000'000U);
}

TEST_F(watch_test, reports_slow_runs_with_what_the_thread_knows) {
  const watchdog::watch watch(options());
  {
    const test::running_handler handler("slow");
    test::spin_for(5ms);
  }
  ASSERT_TRUE(eventually([&] { return !published().empty(); }));
  const auto report = published().front();
  EXPECT_EQ(report.kind, schema::report_kind::slow);
  EXPECT_FALSE(report.ongoing);
  EXPECT_GE(report.duration_ns, 5'000'000U);
  EXPECT_EQ(report.thread, recorder::this_thread().id);
}

TEST_F(watch_test, says_how_long_a_slow_run_was_on_a_processor) {
  const watchdog::watch watch(options());
  // One that spins and one that sleeps, after a run whose end was noted.
  const auto run = [&](const char* name, auto what) {
    {
      const test::running_handler before("before");
      test::spin_for(3ms);
    }
    const test::running_handler handler(name);
    what();
  };
  std::this_thread::sleep_for(100ms);
  run("spins", [] { test::spin_for(15ms); });
  run("sleeps", [] { std::this_thread::sleep_for(15ms); });
  ASSERT_TRUE(eventually([&] { return published().size() >= 4; }));
  const auto reports = published();
  const auto& spun = reports[1];
  const auto& slept = reports[3];
  for (const auto* each : {&spun, &slept}) {
    EXPECT_NE(each->cpu_most_ns, 0U);
    EXPECT_LE(each->cpu_least_ns, each->cpu_most_ns);
    EXPECT_LE(each->cpu_most_ns, each->duration_ns);
  }
  // The machine may have taken the processor away from the one that wanted it.
  EXPECT_GE(spun.cpu_most_ns, 1'000'000U);
  EXPECT_LE(slept.cpu_most_ns, 2'000'000U);
}

TEST_F(watch_test, reports_failures_left_by_a_thread) {
  const watchdog::watch watch(options());
  recorder::note failure;
  failure.kind = schema::report_kind::failure;
  failure.begin = recorder::now_ticks();
  failure.message = "std::runtime_error: out of stock";
  recorder::leave_note(std::move(failure));
  ASSERT_TRUE(eventually([&] { return !delivered().empty(); }));
  EXPECT_EQ(delivered()[0].value.kind, schema::report_kind::failure);
  EXPECT_EQ(delivered()[0].value.message, "std::runtime_error: out of stock");
}

TEST_F(watch_test, delivers_five_of_a_kind_in_a_minute_and_counts_the_rest) {
  const auto suppressed_before = recorder::take_snapshot().self.reports_suppressed;
  const watchdog::watch watch(options());
  for (int i = 0; i < 8; ++i) {
    recorder::note slow;
    slow.begin = recorder::now_ticks();
    slow.duration = 1;
    recorder::leave_note(std::move(slow));
  }
  recorder::note failure;
  failure.kind = schema::report_kind::failure;
  recorder::leave_note(std::move(failure));
  ASSERT_TRUE(eventually([&] { return published().size() == 9; }));
  ASSERT_TRUE(eventually([&] { return delivered().size() == 6; }));  // five slow runs, one failure
  EXPECT_EQ(recorder::take_snapshot().self.reports_suppressed, suppressed_before + 3);
}

TEST_F(watch_test, stops_at_once) {
  const auto begin = std::chrono::steady_clock::now();
  { const watchdog::watch watch(options()); }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
}

}  // namespace
