// SPDX-License-Identifier: BSL-1.0
// Real loops, as the hooks see them, in the metrics.
#include "prometheus_server.hpp"

#include "asioscope/instrumentation/co_spawn.hpp"
#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/metrics/collector.hpp"
#include "asioscope/metrics/endpoint.hpp"
#include "asioscope/metrics/text_format.hpp"
#include "asioscope/recorder/annotate.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/watchdog/watch.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>

namespace asioscope::metrics {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct add_to_cart {
  void operator()() const {}
};
struct show_item {
  void operator()() const {}
};

asio::awaitable<void> check_out() { co_await asio::post(asio::use_awaitable); }

asio::awaitable<void> block_loop() {
  set_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  // The loop has waited in its reactor before: its lag is known.
  asio::steady_timer pause(co_await asio::this_coro::executor, 50ms);
  co_await pause.async_wait(asio::use_awaitable);
  std::this_thread::sleep_for(300ms);
}

using series = std::map<std::string, double>;

/// All samples of an export, by the series as it is written.
series parsed(const std::string& text) {
  series result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t blank = line.rfind(' ');
    result.emplace(line.substr(0, blank), std::stod(line.substr(blank)));
  }
  return result;
}

series scrape(collector& from) { return parsed(to_text(from.collect())); }

bool is_cumulative(const std::string& name) {
  const std::string_view family = std::string_view(name).substr(0, name.find('{'));
  return family.ends_with("_total") || family.ends_with("_bucket") || family.ends_with("_count") ||
         family.ends_with("_sum");
}

/// The sum of all series of a family and the loop "shop" whose labels contain that.
double sum_of(const series& all, const std::string& family, const std::string& part) {
  double sum = 0;
  for (const auto& [name, value] : all)
    if (name.starts_with(family + "{loop=\"shop\"") && name.find(part) != std::string::npos)
      sum += value;
  return sum;
}

void expect_no_counter_fell(const series& before, const series& after) {
  for (const auto& [name, value] : before) {
    if (!is_cumulative(name)) continue;
    const auto now = after.find(name);
    ASSERT_NE(now, after.end()) << name;
    EXPECT_GE(now->second, value) << name;
  }
}

TEST(loops_test, a_program_with_one_loop_has_few_samples) {
  const watchdog::watch watch;
  asio::io_context loop;
  name_loop(loop, "budget");
  asio::post(loop, add_to_cart());
  asioscope::co_spawn(loop, "budget task", check_out);
  loop.run();
  collector tested;
  int samples = 0;
  for (const auto& [name, value] : scrape(tested)) {
    const bool of_site = name.find(",site=") != std::string::npos;
    const bool of_another_loop = name.find("loop=\"") != std::string::npos &&
                                 name.find("loop=\"budget\"") == std::string::npos;
    if (!of_site && !of_another_loop) ++samples;
  }
  EXPECT_GT(samples, 100);
  EXPECT_LE(samples, 300);
}

TEST(loops_test, counters_are_exact_and_never_fall_whatever_becomes_of_threads_loops_and_modes) {
  std::mt19937 random(3);
  collector one;
  collector other;
  auto loop = std::make_unique<asio::io_context>();
  name_loop(*loop, "shop");
  double carts = 0;
  double items = 0;
  double tasks = 0;
  series before_one;
  series before_other;
  for (int step = 0; step < 150; ++step) {
    const bool recorded = recorder::current_mode() != recorder::mode::off;
    switch (random() % 5) {
      case 0:
        for (auto n = random() % 20; n > 0; --n) {
          asio::post(*loop, add_to_cart());
          if (recorded) ++carts;
        }
        break;
      case 1:
        for (auto n = random() % 20; n > 0; --n) {
          asio::post(*loop, show_item());
          if (recorded) ++items;
        }
        break;
      case 2:
        asioscope::co_spawn(*loop, "check out", check_out);
        if (recorded) ++tasks;
        break;
      case 3:  // the loop dies, and another one takes its name
        loop.reset();
        loop = std::make_unique<asio::io_context>();
        name_loop(*loop, "shop");
        break;
      case 4:
        recorder::set_mode(static_cast<recorder::mode>(random() % 3));
        break;
    }
    loop->restart();
    if (random() % 2 == 0) {
      loop->run();
    } else {
      std::thread([&] { loop->run(); }).join();
    }
    const series now_one = scrape(one);
    ASSERT_EQ(sum_of(now_one, "asio_handlers_total", "add_to_cart"), carts) << step;
    ASSERT_EQ(sum_of(now_one, "asio_handlers_total", "show_item"), items) << step;
    ASSERT_EQ(sum_of(now_one, "asio_tasks_spawned_total", "check out"), tasks);
    ASSERT_EQ(sum_of(now_one, "asio_tasks_finished_total", "check out"), tasks);
    ASSERT_NO_FATAL_FAILURE(expect_no_counter_fell(before_one, now_one)) << step;
    before_one = now_one;
    // Somebody else scrapes now and then, and sees the same.
    if (random() % 3 != 0) continue;
    const series now_other = scrape(other);
    ASSERT_NO_FATAL_FAILURE(expect_no_counter_fell(before_other, now_other)) << step;
    for (const auto& [name, value] : now_other)
      if (name.starts_with("asio_") && is_cumulative(name)) {
        EXPECT_EQ(now_one.at(name), value) << name;
      }
    before_other = now_other;
  }
  EXPECT_GT(carts + items, 100);
  EXPECT_GT(tasks, 10);
  recorder::set_mode(recorder::mode::metrics);
}

TEST(loops_test, no_counter_falls_while_threads_come_and_go) {
  asio::io_context loop;
  name_loop(loop, "busy");
  double posted = 0;
  collector tested;
  std::atomic<bool> stop{false};
  std::thread scraping([&] {
    series before;
    while (!stop) {
      const series now = scrape(tested);
      expect_no_counter_fell(before, now);
      before = now;
    }
  });
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 50; ++i)
      asio::post(loop, show_item());
    posted += 50;
    loop.restart();
    std::thread first([&] { loop.run(); });
    std::thread second([&] { loop.run(); });
    first.join();
    second.join();
  }
  stop = true;
  scraping.join();
  EXPECT_EQ(scrape(tested).at("asio_handler_duration_seconds_count{loop=\"busy\"}"), posted);
}

TEST(loops_test, the_trace_id_of_a_blocked_loop_comes_back_from_prometheus) {
  const watchdog::watch watch;
  const endpoint tested({.address = "127.0.0.1:0"});
  const testing::prometheus_server server(tested.port());
  asio::io_context loop;
  name_loop(loop, "blocked");
  const auto goes_on = asio::make_work_guard(loop);
  asioscope::co_spawn(loop, "block", block_loop);
  std::thread running([&] { loop.run(); });
  // Of the stall, of the handler that took so long, and of those who would have met the loop.
  for (const char* family : {"asio_loop_stalls_total", "asio_handler_duration_seconds_bucket",
                             "asio_loop_corrected_lag_seconds_bucket"}) {
    EXPECT_THAT(server.exemplars_until(family, "4bf92f3577b34da6a3ce929d0e0e4736"),
                AllOf(HasSubstr("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""),
                      HasSubstr("\"task_id\":\""), HasSubstr("block_loop"),
                      HasSubstr("\"loop\":\"blocked\"")))
        << family;
  }
  loop.stop();
  running.join();
}

}  // namespace
}  // namespace asioscope::metrics
