// SPDX-License-Identifier: BSL-1.0
#include "timeouts.hpp"

#include <gtest/gtest.h>

namespace asioscope::net {
namespace {

using std::chrono::seconds;

class timeouts_test : public testing::Test {
 protected:
  timeouts::clock::time_point begin{seconds{1000}};
  timeouts tested{seconds{60}, begin};
};

TEST_F(timeouts_test, a_silent_peer_goes_after_the_idle_time) {
  EXPECT_EQ(tested.verdict(begin + seconds{59}, false), nullptr);
  EXPECT_STREQ(tested.verdict(begin + seconds{60}, false), "idle for too long");
}

TEST_F(timeouts_test, bytes_in_either_direction_keep_it) {
  tested.received(begin + seconds{30});
  EXPECT_EQ(tested.deadline(false), begin + seconds{90});
  tested.sent(begin + seconds{50});
  EXPECT_EQ(tested.deadline(false), begin + seconds{110});
}

TEST_F(timeouts_test, while_output_waits_only_its_progress_counts) {
  tested.output_begins(begin + seconds{10});
  tested.received(begin + seconds{69});
  EXPECT_EQ(tested.verdict(begin + seconds{69}, true), nullptr);
  EXPECT_STREQ(tested.verdict(begin + seconds{70}, true), "does not read");
  tested.sent(begin + seconds{69});
  EXPECT_EQ(tested.verdict(begin + seconds{70}, true), nullptr);
}

TEST_F(timeouts_test, expiry_holds_whatever_goes_on) {
  tested.expire_at(begin + seconds{20});
  tested.received(begin + seconds{19});
  EXPECT_EQ(tested.deadline(false), begin + seconds{20});
  EXPECT_STREQ(tested.verdict(begin + seconds{20}, false), "took too long");
  tested.expire_at(std::nullopt);
  EXPECT_EQ(tested.verdict(begin + seconds{20}, false), nullptr);
}

TEST_F(timeouts_test, expiry_does_not_prolong_the_idle_time) {
  tested.expire_at(begin + seconds{100});
  EXPECT_STREQ(tested.verdict(begin + seconds{60}, false), "idle for too long");
}

}  // namespace
}  // namespace asioscope::net
