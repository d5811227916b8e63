// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace bench {
namespace {

using testing::HasSubstr;

results two_variants() {
  results all;
  all.rdtsc_ns = 10;
  all.rounds = 3;
  all.rows.push_back({"handlers/x", "bare", "ns", {10, 20, 30}});
  all.rows.push_back({"handlers/x", "metrics", "ns", {30, 42, 90}});
  return all;
}

TEST(report, median_of_odd_even_and_none) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({}), 0);
}

TEST(report, what_is_added_is_compared_round_by_round) {
  const results all = two_variants();
  // The medians differ by 22; the differences are 20, 22 and 60; the ratios 3, 2.1 and 3.
  EXPECT_EQ(added(all.rows[1], all.rows[0]), 22);
  EXPECT_EQ(ratio(all.rows[1], all.rows[0]), 3);
  EXPECT_EQ(all.rows[1].value(), 42);
}

TEST(report, a_base_of_nothing_has_no_ratio) {
  const row nothing{"allocations/x", "bare", "allocations", {0, 0}};
  const row some{"allocations/x", "metrics", "allocations", {1, 1}};
  EXPECT_EQ(ratio(some, nothing), 0);
  EXPECT_EQ(added(some, nothing), 1);
}

TEST(report, finds_what_was_measured_only) {
  const results all = two_variants();
  EXPECT_EQ(all.find("handlers/x", "metrics"), &all.rows[1]);
  EXPECT_EQ(all.find("handlers/x", "trace"), nullptr);
}

TEST(report, table_compares_each_variant_with_bare) {
  std::ostringstream out;
  print_table(two_variants(), out);
  EXPECT_THAT(out.str(), HasSubstr("handlers/x/metrics"));
  EXPECT_THAT(out.str(), HasSubstr("22.0"));
  EXPECT_THAT(out.str(), HasSubstr("2.20"));   // × rdtsc
  EXPECT_THAT(out.str(), HasSubstr("3.000"));  // × bare
}

TEST(report, json_has_a_row_for_each) {
  std::ostringstream out;
  write_json(two_variants(), out);
  EXPECT_THAT(out.str(), HasSubstr(R"({"name":"handlers/x/metrics","unit":"ns","value":42.000,)"
                                   R"("bare":20.000,"added":22.000,"ratio":3.000})"));
}

}  // namespace
}  // namespace bench
