// SPDX-License-Identifier: BSL-1.0
#include "asioscope/recorder/ticks.hpp"

#include "asioscope/recorder/thread_state.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace {

using namespace asioscope::recorder;
namespace schema = asioscope::schema;

TEST(duration, below_27_bits_is_packed_exactly) {
  for (ticks d : {ticks{0}, ticks{1}, ticks{1000}, (ticks{1} << 27) - 1})
    EXPECT_EQ(unpack_duration(pack_duration(d)), d);
}

TEST(duration, keeps_26_significant_bits_up_to_years) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const ticks d = random() >> (6 + random() % 58);
    const ticks back = unpack_duration(pack_duration(d));
    ASSERT_LE(back, d);
    ASSERT_LE(d - back, d >> 26) << d;
  }
}

TEST(duration, packed_never_shrinks_when_it_grows) {
  std::uint32_t former = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const ticks d :
         {(ticks{1} << bit) - 1, ticks{1} << bit, (ticks{1} << bit) + (ticks{1} << bit) / 2}) {
      const std::uint32_t packed = pack_duration(d);
      ASSERT_GE(unpack_duration(packed), unpack_duration(former)) << bit;
      former = packed;
    }
  }
}

TEST(bucket, of_ticks_is_that_of_nanoseconds_over_the_whole_range) {
  initialise_clock();
  // Values at a bound fall on either side of it, by rounding: compared are buckets of values half a
  // per mille apart.
  for (double ns = 10; ns < 4e12; ns *= 1.0007) {
    const auto exact = static_cast<std::uint64_t>(ns);
    const std::size_t low = schema::bucket_of_nanoseconds(static_cast<std::uint64_t>(ns * 0.9995) -
                                                          (ns < 4000 ? 1 : 0));
    const std::size_t high = schema::bucket_of_nanoseconds(static_cast<std::uint64_t>(ns * 1.0005) +
                                                           (ns < 4000 ? 1 : 0));
    const std::size_t got = bucket_of(to_ticks(exact));
    ASSERT_GE(got, low) << exact;
    ASSERT_LE(got, high) << exact;
  }
}

TEST(bucket, of_what_is_longer_than_any_is_the_last) {
  initialise_clock();
  for (ticks d : {ticks{1} << 44, (ticks{1} << 45) - 1, ticks{1} << 45, ~ticks{0}})
    EXPECT_EQ(bucket_of(d), schema::bucket_count - 1);
  EXPECT_EQ(bucket_of(0), 0U);
}

TEST(duration, in_nanoseconds_and_back_is_the_same_within_a_tick) {
  initialise_clock();
  for (std::uint64_t ns : {1'000ULL, 123'456ULL, 2'000'000ULL, 86'400'000'000'000ULL}) {
    const std::uint64_t back = to_nanoseconds(to_ticks(ns));
    EXPECT_LE(back, ns);
    EXPECT_LE(ns - back, 20U + ns / 1'000'000'000U);
  }
}

TEST(stamp, measures_forward_and_backward_across_its_wrap_around) {
  constexpr ticks unit = ticks{1} << stamp_shift;
  constexpr ticks wrap = unit << 32;
  for (const ticks base : {ticks{0}, wrap - unit, wrap, wrap / 2, 5 * wrap + 3 * unit}) {
    for (const std::int64_t units : {0L, 1L, 1000L, (1L << 31) - 1, -1L, -1000L, -(1L << 31) + 1}) {
      const ticks then = base + 10 * wrap;
      const ticks now = then + static_cast<ticks>(units * static_cast<std::int64_t>(unit));
      ASSERT_EQ(since_stamp(now, to_stamp(then)), units * static_cast<std::int64_t>(unit))
          << base << ' ' << units;
    }
  }
}

TEST(stamp, of_a_moment_never_looks_like_one_with_a_meaning) {
  for (ticks t : {ticks{0}, ticks{1}, ticks{128}, ticks{255}, ticks{1} << 39})
    EXPECT_GT(proper_stamp(t), unknown_stamp);
  EXPECT_EQ(proper_stamp(ticks{3} << stamp_shift), 3U);
}

}  // namespace
