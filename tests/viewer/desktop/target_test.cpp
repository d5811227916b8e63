// SPDX-License-Identifier: BSL-1.0
#include "connection/target.hpp"

#include "connection/backoff.hpp"
#include "connection/discovery.hpp"

#include <gtest/gtest.h>

namespace asioscope::viewer {
namespace {

using kind = target::kind;

TEST(target, is_what_it_looks_like) {
  EXPECT_EQ(parse_target(""), (target{kind::newest, "", ""}));
  EXPECT_EQ(parse_target("shop"), (target{kind::program, "shop", ""}));
  EXPECT_EQ(parse_target("4711"), (target{kind::program, "4711", ""}));
  EXPECT_EQ(parse_target("/run/user/1/x.sock"), (target{kind::socket, "/run/user/1/x.sock", ""}));
  EXPECT_EQ(parse_target("./x:1"), (target{kind::socket, "./x:1", ""}));
  EXPECT_EQ(parse_target("a.asioscope"), (target{kind::recording, "a.asioscope", ""}));
  EXPECT_EQ(parse_target("/x/a.asioscope"), (target{kind::recording, "/x/a.asioscope", ""}));
  EXPECT_EQ(parse_target("localhost:9465"), (target{kind::tcp, "localhost", "9465"}));
  EXPECT_EQ(parse_target("[::1]:9465"), (target{kind::tcp, "::1", "9465"}));
  EXPECT_EQ(parse_target("shop:beta"), (target{kind::program, "shop:beta", ""}));
  EXPECT_EQ(parse_target("shop:"), (target{kind::program, "shop:", ""}));
  EXPECT_EQ(parse_target(":9465"), (target{kind::program, ":9465", ""}));
  EXPECT_EQ(parse_target("h:123456"), (target{kind::program, "h:123456", ""}));
}

TEST(target, is_described_as_it_was_meant) {
  EXPECT_EQ(describe(parse_target("")), "the newest program");
  EXPECT_EQ(describe(parse_target("shop")), "program shop");
  EXPECT_EQ(describe(parse_target("[::1]:9465")), "[::1]:9465");
  EXPECT_EQ(describe(parse_target("host:1")), "host:1");
}

TEST(choose, by_name_by_process_or_the_newest) {
  const std::vector<local_program> programs = {
      {"new", 30, "/n"}, {"shop", 20, "/s"}, {"shop", 10, "/o"}};
  EXPECT_EQ(choose(programs, "")->pid, 30U);
  EXPECT_EQ(choose(programs, "shop")->pid, 20U);
  EXPECT_EQ(choose(programs, "10")->socket, "/o");
  EXPECT_FALSE(choose(programs, "none"));
  EXPECT_FALSE(choose({}, ""));
}

TEST(backoff, doubles_up_to_five_seconds_and_starts_again) {
  backoff retry;
  std::chrono::milliseconds last{0};
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto wait = retry.next();
    EXPECT_GE(wait, last);
    EXPECT_LE(wait, std::chrono::seconds(5));
    last = wait;
  }
  EXPECT_EQ(last, std::chrono::seconds(5));
  EXPECT_EQ(backoff().next(), std::chrono::milliseconds(100));
  retry.reset();
  EXPECT_EQ(retry.next(), std::chrono::milliseconds(100));
}

}  // namespace
}  // namespace asioscope::viewer
