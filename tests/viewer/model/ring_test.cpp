// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/ring.hpp"

#include <gtest/gtest.h>

namespace asioscope::model {
namespace {

TEST(ring, keeps_the_latest_in_order) {
  ring<int> numbers(3);
  EXPECT_TRUE(numbers.empty());
  for (int number = 1; number <= 8; ++number) {
    numbers.push(number);
    EXPECT_EQ(numbers.back(), number);
    EXPECT_LE(numbers.size(), 3U);
  }
  ASSERT_EQ(numbers.size(), 3U);
  EXPECT_EQ(numbers[0], 6);
  EXPECT_EQ(numbers[1], 7);
  EXPECT_EQ(numbers[2], 8);
}

}  // namespace
}  // namespace asioscope::model
