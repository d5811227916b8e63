// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/units.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace asioscope::model {
namespace {

TEST(units, durations_have_three_digits_and_the_unit_that_fits) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(1e-9), "1 ns");
  EXPECT_EQ(duration_text(999e-9), "999 ns");
  EXPECT_EQ(duration_text(999.9e-9), "1.00 µs");
  EXPECT_EQ(duration_text(1.234e-6), "1.23 µs");
  EXPECT_EQ(duration_text(9.996e-6), "10.0 µs");
  EXPECT_EQ(duration_text(45.678e-6), "45.7 µs");
  EXPECT_EQ(duration_text(999.6e-6), "1.00 ms");
  EXPECT_EQ(duration_text(0.3), "300 ms");
  EXPECT_EQ(duration_text(1), "1.00 s");
  EXPECT_EQ(duration_text(59.94), "59.9 s");
  EXPECT_EQ(duration_text(125), "2 min 05 s");
  EXPECT_EQ(duration_text(3'600 * 3 + 12 * 60 + 59), "3 h 12 min");
  EXPECT_EQ(duration_text(86'400.0 * 4 + 2 * 3'600), "4 d 02 h");
  EXPECT_EQ(duration_text(-0.002), "-2.00 ms");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::quiet_NaN()), "–");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "–");
  EXPECT_EQ(duration_text_ns(1'500'000), "1.50 ms");
  EXPECT_EQ(limit_text_ns(900), "900 ns");
  EXPECT_EQ(limit_text_ns(50'000), "50 µs");
  EXPECT_EQ(limit_text_ns(2'000'000), "2 ms");
  EXPECT_EQ(limit_text_ns(1'500'000'000), "1.5 s");
}

TEST(units, counts_are_exact_as_long_as_that_is_readable) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000), "1,000");
  EXPECT_EQ(count_text(123'456), "123,456");
  EXPECT_EQ(count_text(9'999'999), "9,999,999");
  EXPECT_EQ(count_text(12'345'678), "12.3 M");
  EXPECT_EQ(count_text(4'560'000'000), "4.56 G");
}

TEST(units, rates_shares_and_sizes) {
  EXPECT_EQ(rate_text(0), "0 /s");
  EXPECT_EQ(rate_text(0.001), "<0.01 /s");
  EXPECT_EQ(rate_text(0.25), "0.25 /s");
  EXPECT_EQ(rate_text(123.4), "123 /s");
  EXPECT_EQ(rate_text(999.7), "1.00 k/s");
  EXPECT_EQ(rate_text(45'600), "45.6 k/s");
  EXPECT_EQ(percent_text(0), "0 %");
  EXPECT_EQ(percent_text(0.00001), "<0.01 %");
  EXPECT_EQ(percent_text(0.0004), "0.04 %");
  EXPECT_EQ(percent_text(0.032), "3.2 %");
  EXPECT_EQ(percent_text(0.454), "45 %");
  EXPECT_EQ(percent_text(1), "100 %");
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(65'536), "64.0 KiB");
  EXPECT_EQ(bytes_text(1'572'864), "1.50 MiB");
  EXPECT_EQ(plural(1, "handler", "handlers"), "1 handler");
  EXPECT_EQ(plural(2'000, "handler", "handlers"), "2,000 handlers");
}

}  // namespace
}  // namespace asioscope::model
