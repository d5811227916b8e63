// SPDX-License-Identifier: BSL-1.0
#include "handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace asioscope::live {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

TEST(handshake, a_hello_of_our_version_is_enough) {
  handshake said;
  EXPECT_FALSE(said.greeted());
  EXPECT_EQ(said.take(schema::hello{}), std::nullopt);
  EXPECT_TRUE(said.greeted());
  EXPECT_FALSE(said.wants_trace());
}

TEST(handshake, nothing_comes_before_hello) {
  for (const schema::message& first :
       {schema::message{schema::request{true}}, schema::message{schema::frame{}},
        schema::message{schema::goodbye{}}}) {
    handshake said;
    EXPECT_THAT(said.take(first), Optional(HasSubstr("hello first")));
    EXPECT_FALSE(said.greeted());
  }
}

TEST(handshake, the_older_side_is_named) {
  schema::hello newer;
  newer.version = schema::hello::current_version + 1;
  handshake with_newer;
  EXPECT_THAT(with_newer.take(newer), Optional(HasSubstr("the program is the older one")));
  EXPECT_FALSE(with_newer.greeted());
  schema::hello older;
  older.version = schema::hello::current_version - 1;
  handshake with_older;
  EXPECT_THAT(with_older.take(older), Optional(HasSubstr("the viewer is the older one")));
}

TEST(handshake, the_latest_request_counts) {
  handshake said;
  said.take(schema::hello{});
  EXPECT_EQ(said.take(schema::request{true}), std::nullopt);
  EXPECT_TRUE(said.wants_trace());
  EXPECT_EQ(said.take(schema::request{false}), std::nullopt);
  EXPECT_FALSE(said.wants_trace());
}

TEST(handshake, what_only_a_program_says_is_refused) {
  handshake said;
  said.take(schema::hello{});
  EXPECT_THAT(said.take(schema::frame{}), Optional(HasSubstr("no frames")));
  EXPECT_THAT(said.take(schema::hello{}), Optional(HasSubstr("second hello")));
}

TEST(handshake, goodbye_ends_it) {
  handshake said;
  said.take(schema::hello{});
  EXPECT_FALSE(said.left());
  EXPECT_EQ(said.take(schema::goodbye{"closed"}), std::nullopt);
  EXPECT_TRUE(said.left());
}

}  // namespace
}  // namespace asioscope::live
