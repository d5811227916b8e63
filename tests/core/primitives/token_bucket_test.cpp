// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/token_bucket.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {
using namespace std::chrono_literals;
using asioscope::core::detail::token_bucket;
using std::chrono::nanoseconds;

/// Time in ticks of 100 ms, and no line before the bucket.
class ticking {
 public:
  ticking(std::uint64_t rate, nanoseconds period, std::uint64_t burst)
      : bucket_(rate, period, burst, 1s) {}

  bool take(std::int64_t tick, std::uint64_t tokens) {
    at(tick);
    if (!bucket_.has(tokens)) return false;
    bucket_.take(tokens);
    return true;
  }

  token_bucket& at(std::int64_t tick) {
    bucket_.advance(1s + tick * 100ms);
    bucket_.spill();
    return bucket_;
  }

 private:
  token_bucket bucket_;
};

TEST(token_bucket, is_full_at_first_and_refills_at_its_rate) {  // fact b1
  ticking ten(10, 1s, 3);
  EXPECT_TRUE(ten.take(0, 2));
  EXPECT_FALSE(ten.take(0, 2));
  EXPECT_TRUE(ten.take(0, 1));
  EXPECT_FALSE(ten.take(0, 1));
  EXPECT_FALSE(ten.take(1, 4));
  EXPECT_TRUE(ten.take(2, 1));
  EXPECT_TRUE(ten.take(3, 1));
  EXPECT_TRUE(ten.take(4, 1));
  EXPECT_TRUE(ten.take(4, 1));
  EXPECT_FALSE(ten.take(4, 1));
  EXPECT_TRUE(ten.take(9, 3));
  EXPECT_TRUE(ten.take(9, 0));
}

TEST(token_bucket, of_rate_zero_has_its_burst_and_no_more) {  // fact b6
  ticking none(0, 1s, 1);
  EXPECT_TRUE(none.take(0, 1));
  EXPECT_FALSE(none.take(1'000'000'000, 1));
  EXPECT_EQ(none.at(1).until(1), nanoseconds::max());
}

TEST(token_bucket, of_next_to_no_rate_does_not_overflow) {  // fact b6
  ticking slow(1, nanoseconds::max(), 1);
  EXPECT_TRUE(slow.take(0, 1));
  EXPECT_FALSE(slow.take(0, 1));
  EXPECT_EQ(slow.at(0).until(1), nanoseconds::max());
  EXPECT_EQ(slow.at(0).until(token_bucket::most), nanoseconds::max());
  EXPECT_FALSE(slow.take(1'000'000'000, 1));
}

TEST(token_bucket,
     takes_no_harm_from_a_clock_that_is_set_back) {  // R8, fact b7
  ticking ten(10, 1s, 3);
  EXPECT_TRUE(ten.take(1, 1));
  EXPECT_TRUE(ten.take(0, 1));
  EXPECT_TRUE(ten.take(0, 1));
  EXPECT_FALSE(ten.take(0, 1));
  EXPECT_FALSE(ten.take(0, 1));
  EXPECT_TRUE(ten.take(1, 1));
  EXPECT_FALSE(ten.take(1, 1));
  EXPECT_TRUE(ten.take(2, 1));
  EXPECT_FALSE(ten.take(2, 1));
}

TEST(token_bucket, survives_any_jump_of_the_clock) {  // R8
  token_bucket bucket(token_bucket::most, nanoseconds::max(), token_bucket::most,
                      nanoseconds::min());
  bucket.advance(nanoseconds::max());
  bucket.advance(nanoseconds::min());
  bucket.spill();
  EXPECT_TRUE(bucket.has(token_bucket::most));
  EXPECT_FALSE(bucket.has(token_bucket::most + 1));
  bucket.take(token_bucket::most);
  bucket.advance(nanoseconds::max());
  EXPECT_TRUE(bucket.has(token_bucket::most));
}

TEST(token_bucket, is_exact_after_a_hundred_years_of_a_rate_that_does_not_divide) {
  token_bucket bucket(7, 1s, 7, 0ns);  // a token each 142,857,142.857… ns
  bucket.take(7);
  std::uint64_t taken = 0;
  const nanoseconds century = std::chrono::hours(24 * 365 * 100);
  // In uneven steps, never a full bucket: what is lost by rounding would be seen at the end.
  constexpr std::int64_t steps = 2'000'003;
  for (std::int64_t i = 1; i <= 2000; ++i) {
    bucket.advance(nanoseconds(i * 999'999'937));
    while (bucket.has(1)) {
      bucket.take(1);
      ++taken;
    }
  }
  EXPECT_EQ(taken, 2000ULL * 999'999'937 * 7 / 1'000'000'000);
  token_bucket long_one(7, 1s, token_bucket::most, 0ns);
  long_one.take(token_bucket::most);
  for (std::int64_t i = 1; i <= steps; ++i)
    long_one.advance(nanoseconds(century.count() / steps * i));
  const auto end = static_cast<unsigned long long>(century.count() / steps * steps);
  EXPECT_EQ(long_one.available(0),
            end / 1'000'000'000 * 7 + end % 1'000'000'000 * 7 / 1'000'000'000);
}

TEST(token_bucket, says_to_the_nanosecond_when_it_will_have_enough) {
  token_bucket bucket(3, 10s, 3, 0ns);
  bucket.take(3);
  EXPECT_EQ(bucket.until(0), 0ns);
  EXPECT_EQ(bucket.until(1), 3'333'333'334ns);
  EXPECT_EQ(bucket.until(3), 10s);
  bucket.advance(3'333'333'333ns);
  EXPECT_FALSE(bucket.has(1));
  EXPECT_EQ(bucket.until(1), 1ns);
  bucket.advance(3'333'333'334ns);
  EXPECT_TRUE(bucket.has(1));
}

TEST(token_bucket, keeps_what_comes_until_it_is_told_to_spill) {
  token_bucket bucket(10, 1s, 2, 0ns);
  bucket.take(2);
  bucket.advance(1s);
  EXPECT_TRUE(bucket.has(10));
  bucket.spill();
  EXPECT_TRUE(bucket.has(2));
  EXPECT_FALSE(bucket.has(3));
}

TEST(token_bucket,
     has_no_room_for_more_than_its_burst_that_is_given_back) {  // fact b9
  ticking ten(10, 1s, 10);
  EXPECT_TRUE(ten.take(0, 10));
  ten.at(0).give_back(50);
  EXPECT_TRUE(ten.take(0, 10));
  EXPECT_FALSE(ten.take(0, 1));
}

TEST(token_bucket, keeps_its_tokens_when_the_rate_changes) {
  token_bucket bucket(10, 1s, 10, 0ns);
  bucket.take(10);
  bucket.advance(250ms);  // two and a half
  bucket.set_rate(1, 3s);
  EXPECT_EQ(bucket.available(0), 2U);
  EXPECT_EQ(bucket.until(3), 1500ms);
  bucket.set_rate(token_bucket::most, nanoseconds::max());
  EXPECT_EQ(bucket.available(0), 2U);
  bucket.set_rate(10, 1s);
  EXPECT_EQ(bucket.available(0), 2U);
  EXPECT_LE(bucket.until(3), 50ms + 1ns);
}

TEST(token_bucket, never_gives_more_than_rate_and_burst_allow) {  // case 12
  for (const auto& [rate, burst] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {1, 1}, {10, 1}, {10, 10}, {1000, 5}, {7, 3}, {100000, 1000}}) {
    std::mt19937_64 random(rate * 31 + burst);
    token_bucket bucket(rate, 1s, burst, 0ns);
    std::uint64_t total = 0;
    nanoseconds now = 0ns;
    while (now < 10s) {
      now += nanoseconds(std::uniform_int_distribution<std::int64_t>(
          0, 2'000'000'000 / static_cast<std::int64_t>(rate))(random));
      bucket.advance(now);
      bucket.spill();
      const auto wanted = std::uniform_int_distribution<std::uint64_t>(1, burst)(random);
      if (bucket.has(wanted)) {
        bucket.take(wanted);
        total += wanted;
      } else if (bucket.has(1)) {
        bucket.take(1);
        ++total;
      }
      const double allowed = static_cast<double>(rate) * std::chrono::duration<double>(now).count();
      ASSERT_LE(static_cast<double>(total), allowed + static_cast<double>(burst));
      if (burst > 1) {
        ASSERT_GE(static_cast<double>(total), 0.45 * allowed - 1) << rate << ' ' << burst;
      }
    }
  }
}

TEST(token_bucket, gives_all_that_the_rate_allows_to_one_who_always_asks) {  // case 12
  token_bucket bucket(7, 1s, 3, 0ns);
  std::uint64_t total = 0;
  for (nanoseconds now = 0ns; now <= 10s; now += 1ms) {
    bucket.advance(now);
    bucket.spill();
    for (; bucket.has(1); ++total)
      bucket.take(1);
    const auto allowed = static_cast<std::uint64_t>(now.count()) * 7 / 1'000'000'000;
    ASSERT_EQ(total, allowed + 3);
  }
}
}  // namespace
