// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/tcp_address.hpp"

#include <gmock/gmock.h>

#include <string>

namespace asioscope::net {
namespace {

using testing::Optional;

TEST(tcp_address_test, host_and_port_are_read) {
  EXPECT_THAT(parse_tcp_address("10.1.2.3:80"), Optional(tcp_address{"10.1.2.3", 80}));
  EXPECT_THAT(parse_tcp_address("[::1]:9464"), Optional(tcp_address{"::1", 9464}));
  EXPECT_THAT(parse_tcp_address("0.0.0.0:0"), Optional(tcp_address{"0.0.0.0", 0}));
}

TEST(tcp_address_test, the_host_is_the_loopback_unless_told) {
  for (const char* text : {"9464", ":9464", "localhost:9464"}) {
    EXPECT_THAT(parse_tcp_address(text), Optional(tcp_address{"127.0.0.1", 9464})) << text;
  }
}

TEST(tcp_address_test, anything_else_is_refused) {
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:9x", "::1:9464", "[::1]", "[127.0.0.1]:1", "example.org:80",
                           "1.2.3:80", "[]:80", " 9464", "9464 "}) {
    EXPECT_EQ(parse_tcp_address(text), std::nullopt) << text;
  }
}

TEST(tcp_address_test, only_this_machine_reaches_the_loopback) {
  for (const char* text : {"9464", "127.0.0.1:1", "127.8.9.10:1", "[::1]:80"}) {
    EXPECT_TRUE(is_loopback(parse_tcp_address(text).value())) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:80", "12.7.0.1:1", "192.168.0.1:80", "[1::1]:1"}) {
    EXPECT_FALSE(is_loopback(parse_tcp_address(text).value())) << text;
  }
}

TEST(tcp_address_test, what_is_written_reads_back) {
  for (const std::string text : {"127.0.0.1:9464", "[::1]:80"}) {
    EXPECT_EQ(to_string(parse_tcp_address(text).value()), text);
  }
}

}  // namespace
}  // namespace asioscope::net
