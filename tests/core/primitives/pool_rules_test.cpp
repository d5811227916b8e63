// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/pool_rules.hpp"

#include "asioscope/core/config_error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace asioscope::core;
using namespace asioscope::core::detail;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

pool_stamps made(const pool_rules& rules, nanoseconds now, double random = 0) {
  pool_stamps stamps;
  rules.made(stamps, now, random);
  return stamps;
}

TEST(pool_rules, a_lifetime_is_up_to_the_variance_shorter) {
  const pool_rules rules({.max_lifetime = 1000s, .lifetime_variance = 0.25});
  EXPECT_EQ(made(rules, 5s, 0).expires, 1005s);
  EXPECT_EQ(made(rules, 5s, 0.5).expires, 880s);
  for (int i = 0; i < 1'000; ++i) {
    const nanoseconds life = made(rules, 0s, i / 1000.0).expires;
    EXPECT_LE(life, 1000s);
    EXPECT_GT(life, 750s);
  }
}

TEST(pool_rules, what_has_a_lifetime_is_over_at_its_end) {
  const pool_rules rules({.max_lifetime = 10s, .lifetime_variance = 0});
  const pool_stamps stamps = made(rules, 1s);
  EXPECT_FALSE(rules.is_over(stamps, 11s - 1ns, 0));
  EXPECT_TRUE(rules.is_over(stamps, 11s, 0));
}

TEST(pool_rules, without_a_lifetime_it_lives_for_ever) {
  const pool_rules rules({.max_lifetime = 0s});
  EXPECT_FALSE(rules.is_over(made(rules, 1s, 0.9), nanoseconds::max() - 1ns, 0));
}

TEST(pool_rules, the_longest_lifetime_does_not_overflow) {
  const pool_rules rules({.max_lifetime = nanoseconds::max(), .lifetime_variance = 0});
  EXPECT_EQ(made(rules, 1h).expires, pool_rules::never);
}

TEST(pool_rules, another_generation_is_over) {
  const pool_rules rules({});
  const pool_stamps stamps = made(rules, 1s);
  EXPECT_FALSE(rules.is_over(stamps, 1s, 0));
  EXPECT_TRUE(rules.is_over(stamps, 1s, 1));
}

TEST(pool_rules, what_was_good_within_the_bypass_is_not_validated) {
  const pool_rules rules({.validation_bypass = 500ms});
  const pool_stamps stamps = made(rules, 1s);
  EXPECT_FALSE(rules.must_validate(stamps, 1499ms));
  EXPECT_TRUE(rules.must_validate(stamps, 1500ms));
  EXPECT_TRUE(pool_rules({.validation_bypass = 0ms}).must_validate(stamps, 1s));
}

TEST(pool_rules, idle_ones_go_but_not_the_last_that_are_to_be_kept) {
  const pool_rules rules({.min_size = 2, .idle_timeout = 10s, .max_lifetime = 0s});
  const pool_stamps stamps = made(rules, 0s);
  EXPECT_FALSE(rules.idle_too_long(stamps, 10s - 1ns, 3));
  EXPECT_TRUE(rules.idle_too_long(stamps, 10s, 3));
  EXPECT_FALSE(rules.idle_too_long(stamps, 1h, 2));
  EXPECT_EQ(rules.next_look(stamps, 3), 10s);
  EXPECT_EQ(rules.next_look(stamps, 2), pool_rules::never);
  EXPECT_FALSE(pool_rules({.idle_timeout = 0s}).idle_too_long(stamps, 1000h, 3));
}

TEST(pool_rules, the_next_look_is_at_whatever_comes_first) {
  const pool_options all{.idle_timeout = 20s, .max_lifetime = 30s, .lifetime_variance = 0};
  pool_options options = all;
  options.keepalive = 10s;
  const pool_rules rules(options);
  pool_stamps stamps = made(rules, 0s);
  EXPECT_EQ(rules.next_look(stamps, 1), 10s);
  EXPECT_FALSE(rules.keepalive_due(stamps, 9s));
  EXPECT_TRUE(rules.keepalive_due(stamps, 10s));
  stamps.proven = 15s;
  EXPECT_EQ(rules.next_look(stamps, 1), 20s);
  stamps.used = 15s;
  EXPECT_EQ(rules.next_look(stamps, 1), 25s);
  stamps.used = stamps.proven = 25s;
  EXPECT_EQ(rules.next_look(stamps, 1), 30s);
}

TEST(pool_rules, as_many_are_made_as_wait_without_one_under_way) {
  const pool_rules rules({.max_size = 4});
  EXPECT_EQ(rules.wanted({.total = 0, .waiting = 0}), 0U);
  EXPECT_EQ(rules.wanted({.total = 0, .waiting = 3}), 3U);
  EXPECT_EQ(rules.wanted({.total = 2, .creating = 2, .pending = 2, .waiting = 3}), 1U);
  EXPECT_EQ(rules.wanted({.total = 2, .pending = 2, .waiting = 2}), 0U);
  EXPECT_EQ(rules.wanted({.total = 3, .waiting = 9}), 1U);
  EXPECT_EQ(rules.wanted({.total = 4, .ending = 2, .waiting = 9}), 0U)
      << "what is being ended is still there";
}

TEST(pool_rules, the_least_there_shall_be_is_made_without_anybody_waiting) {
  const pool_rules rules({.min_size = 2, .max_size = 4});
  EXPECT_EQ(rules.wanted({.total = 0}), 2U);
  EXPECT_EQ(rules.wanted({.total = 1, .creating = 1, .pending = 1}), 1U);
  EXPECT_EQ(rules.wanted({.total = 2, .ending = 1}), 1U);
  EXPECT_EQ(rules.wanted({.total = 2}), 0U);
}

TEST(pool_rules, only_so_many_are_made_at_the_same_time) {
  const pool_rules rules({.max_size = 9, .max_creating = 2});
  EXPECT_EQ(rules.wanted({.total = 0, .waiting = 5}), 2U);
  EXPECT_EQ(rules.wanted({.total = 1, .creating = 1, .pending = 1, .waiting = 5}), 1U);
  EXPECT_EQ(rules.wanted({.total = 2, .creating = 2, .pending = 2, .waiting = 5}), 0U);
}

// fact: HikariCP, 10 ms doubled up to 5 s
TEST(pool_rules, the_pause_after_failures_doubles_up_to_its_limit) {
  pool_rules rules({});
  const nanoseconds expected[] = {10ms,  20ms,   40ms,   80ms, 160ms, 320ms,
                                  640ms, 1280ms, 2560ms, 5s,   5s};
  for (const nanoseconds pause : expected) {
    rules.creation_failed(100s);
    EXPECT_EQ(rules.creations_after(), 100s + pause);
  }
  rules.creation_succeeded();
  EXPECT_LT(rules.creations_after(), 0s);
  rules.creation_failed(200s);
  EXPECT_EQ(rules.creations_after(), 200s + 10ms);
}

// R9
TEST(pool_rules, options_that_cannot_be_are_refused_by_name) {
  const auto refused = [](const pool_options& options) -> std::string {
    try {
      pool_rules{options};
    } catch (const config_error& error) {
      return error.field();
    }
    return "nothing";
  };
  EXPECT_EQ(refused({}), "nothing");
  EXPECT_EQ(refused({.max_size = 0}), "pool.max_size");
  EXPECT_EQ(refused({.min_size = 3, .max_size = 2}), "pool.min_size");
  EXPECT_EQ(refused({.create_timeout = -1s}), "pool.create_timeout");
  EXPECT_EQ(refused({.check_timeout = -1s}), "pool.check_timeout");
  EXPECT_EQ(refused({.validation_bypass = -1s}), "pool.validation_bypass");
  EXPECT_EQ(refused({.idle_timeout = -1s}), "pool.idle_timeout");
  EXPECT_EQ(refused({.max_lifetime = -1s}), "pool.max_lifetime");
  EXPECT_EQ(refused({.lifetime_variance = 1}), "pool.lifetime_variance");
  EXPECT_EQ(refused({.lifetime_variance = -0.1}), "pool.lifetime_variance");
  EXPECT_EQ(refused({.lifetime_variance = std::nan("")}), "pool.lifetime_variance");
  EXPECT_EQ(refused({.keepalive = -1s}), "pool.keepalive");
  EXPECT_EQ(refused({.first_backoff = -1s}), "pool.first_backoff");
  EXPECT_EQ(refused({.first_backoff = 2s, .max_backoff = 1s}), "pool.max_backoff");
  EXPECT_EQ(refused({.leak_after = -1s}), "pool.leak_after");
}

}  // namespace
