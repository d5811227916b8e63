// SPDX-License-Identifier: BSL-1.0
#include "overhead.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace bench {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Every handler costs 50 ns; `metrics` adds what is asked for.
results with_metrics(double added) {
  results all;
  all.on = {"a processor", "a kernel", "a compiler", "a date", 0.25};
  all.rounds = 5;
  all.rdtsc_ns = 10;
  for (const char* workload : {"handlers/io_context", "echo/tcp"}) {
    all.rows.push_back({workload, "bare", "ns", {50}});
    all.rows.push_back({workload, "metrics", "ns", {50 + added}});
    all.rows.push_back({workload, "trace_reader", "ns", {100}});
    all.rows.push_back({workload, "mutex_and_map", "ns", {450}});
    all.rows.push_back({workload, "asio_tracking", "ns", {1'050}});
  }
  return all;
}

std::string page(const results& all) {
  std::ostringstream out;
  write_overhead(all, out);
  return out.str();
}

TEST(overhead, says_where_and_how_it_was_measured) {
  const std::string text = page(with_metrics(5));
  for (const char* fact : {"a processor", "a kernel", "a compiler", "a date", "load 0.25",
                           "(rdtsc) | 10.0 ns", "for 5 rounds"})
    EXPECT_THAT(text, HasSubstr(fact));
}

TEST(overhead, begins_with_the_sentence_that_the_readme_repeats) {
  EXPECT_EQ(headline(with_metrics(5)),
            "Metrics add 5 ns to a handler; a mutex and a map add 400 ns, Asio's own handler "
            "tracking 1000 ns. A TCP echo server uses 1.10 × the CPU time, 2.00 × while a viewer "
            "reads its trace.");
  EXPECT_THAT(page(with_metrics(5)), HasSubstr("\n\n" + headline(with_metrics(5)) + "\n\n"));
}

TEST(overhead, a_goal_that_is_met_needs_no_reason) {
  const std::string text = page(with_metrics(5));
  EXPECT_THAT(text, HasSubstr("| a handler, metrics | ≤ 1.2 × rdtsc | 0.5 × rdtsc | met |"));
  EXPECT_THAT(text, Not(HasSubstr("- a handler, metrics:")));
}

TEST(overhead, a_goal_that_is_missed_says_so_and_why) {
  const std::string text = page(with_metrics(20));
  EXPECT_THAT(text, HasSubstr("| a handler, metrics | ≤ 1.2 × rdtsc | 2.0 × rdtsc | not met |"));
  EXPECT_THAT(text, HasSubstr("- a handler, metrics: "));
}

TEST(overhead, a_goal_that_was_not_measured_is_neither) {
  EXPECT_THAT(page(with_metrics(5)),
              HasSubstr("| memory of a live task | ≤ +96 bytes | not measured |  |"));
}

TEST(overhead, every_figure_stands_in_a_table) {
  EXPECT_THAT(page(with_metrics(5)),
              HasSubstr("| io_context | 50.0 | 55.0 (+5.0) | 100.0 (+50.0) | 450.0 (+400.0) | "
                        "1050.0 (+1000.0) |"));
}

}  // namespace
}  // namespace bench
