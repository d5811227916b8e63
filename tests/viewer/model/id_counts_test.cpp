// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/id_counts.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>

namespace asioscope::model {
namespace {

TEST(id_counts, count_as_a_map_would) {
  id_counts counts;
  std::mt19937_64 random(3);
  for (int round = 0; round < 3; ++round) {
    std::map<std::uint64_t, std::uint64_t> expected;
    for (int i = 0; i < 50'000; ++i) {
      // As ids are: a slot in the low half, counting in the high one; and some that are not.
      const std::uint64_t id = i % 2 == 0 ? (random() % 5'000) << 24U | 17 : random() | 1;
      counts.add(id, 1 + random() % 3);
      expected[id] = counts.of(id);
      ASSERT_GE(counts.of(id), 1U);
    }
    for (const auto& [id, count] : expected)
      ASSERT_EQ(counts.of(id), count);
    EXPECT_EQ(counts.of(2), 0U);
    counts.clear();
    for (const auto& [id, count] : expected)
      ASSERT_EQ(counts.of(id), 0U);
  }
}

TEST(id_counts, add_up) {
  id_counts counts;
  EXPECT_EQ(counts.of(7), 0U);
  counts.add(7);
  counts.add(7, 4);
  counts.add(8);
  EXPECT_EQ(counts.of(7), 5U);
  EXPECT_EQ(counts.of(8), 1U);
  counts.clear();
  counts.add(7);
  EXPECT_EQ(counts.of(7), 1U);
  EXPECT_EQ(counts.of(8), 0U);
}

}  // namespace
}  // namespace asioscope::model
