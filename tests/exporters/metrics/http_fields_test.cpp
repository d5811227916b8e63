// SPDX-License-Identifier: BSL-1.0
#include "gunzip.hpp"
#include "gzip.hpp"
#include "query.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <random>
#include <string>

namespace asioscope::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(accept_encoding_test, gzip_when_it_is_let) {
  for (const char* field :
       {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=1", "gzip;q=0.001", "gzip ; q=0.5",
        "gzip;Q=1.000", "*", "*;q=0.5", "br;q=1.0, gzip;q=0.8, *;q=0.1", ",,gzip,", "\tgzip",
        "identity;q=0.5, gzip;q=0.5", "gzip, identity", "gzip;x=y;q=0.3", "*;q=0, gzip"}) {
    EXPECT_TRUE(accepts_gzip(field)) << field;
  }
}

TEST(accept_encoding_test, plain_when_it_is_not) {
  for (const char* field : {"",
                            "identity",
                            "deflate",
                            "gzipped",
                            "gzip;q=0",
                            "gzip;q=0.000",
                            "*;q=0",
                            "gzip;q=0, *",
                            "identity, gzip;q=0.5",
                            "*;q=0.3, identity;q=0.4",
                            "gzip;q=",
                            "gzip;q=x",
                            "gzip;q=2",
                            "gzip;q=1.001",
                            "gzip;q=0.0001",
                            "gzip;q=-1",
                            "gzip;q=.5",
                            "gzip;q=0,5",
                            ";gzip",
                            "gz ip"}) {
    EXPECT_FALSE(accepts_gzip(field)) << field;
  }
}

TEST(gzip_test, what_comes_out_is_what_went_in) {
  std::string noise;
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; ++i)
    noise += static_cast<char>(random());
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(1'000'000, 'a'), noise}) {
    EXPECT_TRUE(testing::gunzip(gzip(text)) == text) << text.size();
  }
}

TEST(query_test, values_are_decoded) {
  EXPECT_THAT(query_values("a=1&b=2&a=3", "a"), Optional(ElementsAre("1", "3")));
  EXPECT_THAT(query_values("name%5B%5D=x%2fy+z%41", "name[]"), Optional(ElementsAre("x/y zA")));
  EXPECT_THAT(query_values("a==&a&a=&&=a", "a"), Optional(ElementsAre("=", "", "")));
  EXPECT_THAT(query_values("a=%00%ff", "a"), Optional(ElementsAre(std::string("\0\xff", 2))));
  EXPECT_THAT(query_values("", "a"), Optional(IsEmpty()));
  EXPECT_THAT(query_values("A=1", "a"), Optional(IsEmpty()));
}

TEST(query_test, a_percent_without_digits_is_an_error_wherever_it_is) {
  for (const char* query : {"%", "a=%", "a=%1", "a=%g0", "a=%0g", "a=% 1", "b%=1", "a=1&b=%x1"}) {
    EXPECT_EQ(query_values(query, "a"), std::nullopt) << query;
  }
}

}  // namespace
}  // namespace asioscope::metrics
