// SPDX-License-Identifier: BSL-1.0
#include "goals.hpp"

#include "plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bench {
namespace {

goal of(scale in, double limit) { return {"x", "group/x", "metrics", "bare", in, limit, "why"}; }

results measured(double bare, double metrics) {
  results all;
  all.rdtsc_ns = 10;
  all.rows.push_back({"group/x", "bare", "ns", {bare}});
  all.rows.push_back({"group/x", "metrics", "ns", {metrics}});
  return all;
}

TEST(goals, each_is_measured_in_its_scale) {
  const results all = measured(20, 50);
  EXPECT_EQ(of(scale::nanoseconds, 0).measured(all), 30);
  EXPECT_EQ(of(scale::reads, 0).measured(all), 3);
  EXPECT_EQ(of(scale::factor, 0).measured(all), 2.5);
  EXPECT_EQ(of(scale::bytes, 0).measured(all), 30);
}

TEST(goals, what_is_taken_as_it_is_needs_nothing_to_compare_with) {
  results all;
  all.rows.push_back({"group/x", "metrics", "%", {3}});
  EXPECT_EQ(of(scale::percent, 0).measured(all), 3);
  EXPECT_EQ(of(scale::bytes_each, 0).measured(all), 3);
  EXPECT_EQ(of(scale::milliseconds, 0).measured(all), 3);
  EXPECT_EQ(of(scale::bytes, 0).measured(all), std::nullopt);
}

TEST(goals, what_was_not_run_is_not_measured) {
  EXPECT_EQ(of(scale::nanoseconds, 0).measured({}), std::nullopt);
  results all = measured(1, 2);
  all.rdtsc_ns = 0;  // no such instruction here
  EXPECT_EQ(of(scale::reads, 0).measured(all), std::nullopt);
}

TEST(goals, the_limit_itself_is_met) {
  EXPECT_TRUE(of(scale::nanoseconds, 2).met(2));
  EXPECT_FALSE(of(scale::nanoseconds, 2).met(2.01));
  EXPECT_TRUE(of(scale::count, 0).met(0.0005));
  EXPECT_FALSE(of(scale::count, 0).met(0.01));
}

TEST(goals, words_carry_their_unit) {
  EXPECT_EQ(in_words(scale::nanoseconds, 2.84), "+2.8 ns");
  EXPECT_EQ(in_words(scale::reads, 1.2), "1.2 × rdtsc");
  EXPECT_EQ(in_words(scale::factor, 1.01), "1.010 ×");
  EXPECT_EQ(in_words(scale::bytes, 96), "+96 bytes");
  EXPECT_EQ(in_words(scale::count, 0), "+0");
  EXPECT_EQ(in_words(scale::count, -0.0001), "+0");
  EXPECT_EQ(in_words(scale::bytes_each, 10.24), "10.2 bytes");
  EXPECT_EQ(in_words(scale::percent, 0), "0.00 %");
  EXPECT_EQ(in_words(scale::milliseconds, 2.64), "2.6 ms");
}

TEST(goals, each_compares_variants_that_are_measured_and_says_why) {
  const auto plan = all_workloads();
  for (const goal& g : all_goals()) {
    const auto found = std::find_if(plan.begin(), plan.end(),
                                    [&](const workload& w) { return w.name == g.workload; });
    ASSERT_NE(found, plan.end()) << g.workload;
    const auto has = [&](const std::string& name) {
      return std::any_of(found->variants.begin(), found->variants.end(),
                         [&](const variant& v) { return v.name == name; });
    };
    EXPECT_TRUE(has(g.variant)) << g.what;
    EXPECT_TRUE(g.compared_with.empty() || has(g.compared_with)) << g.what;
    EXPECT_FALSE(g.why_not.empty()) << g.what;
  }
}

TEST(plan, every_workload_begins_with_what_the_others_are_compared_with) {
  for (const workload& w : all_workloads()) {
    ASSERT_FALSE(w.variants.empty());
    if (w.variants.size() > 1) {
      EXPECT_EQ(w.variants.front().name, "bare") << w.name;
    }
    EXPECT_LE(w.few, w.operations) << w.name;
  }
}

}  // namespace
}  // namespace bench
