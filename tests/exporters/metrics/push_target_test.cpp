// SPDX-License-Identifier: BSL-1.0
#include "push_target.hpp"

#include "asioscope/metrics/push_gateway.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

namespace asioscope::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(push_target_test, reads_urls) {
  const auto check = [](const char* url, const char* host, int port, const char* authority,
                        const char* path) {
    const gateway_address read = parse_gateway_url(url);
    EXPECT_EQ(read.host, host) << url;
    EXPECT_EQ(read.port, port) << url;
    EXPECT_EQ(read.authority, authority) << url;
    EXPECT_EQ(read.path, path) << url;
  };
  check("http://127.0.0.1:9091", "127.0.0.1", 9091, "127.0.0.1:9091", "");
  check("http://push.example.org", "push.example.org", 80, "push.example.org", "");
  check("http://push:9091/", "push", 9091, "push:9091", "");
  check("http://push:65535/behind/a/proxy/", "push", 65535, "push:65535", "/behind/a/proxy");
  check("http://[::1]:9091", "::1", 9091, "[::1]:9091", "");
  check("http://[::1]", "::1", 80, "[::1]", "");
}

TEST(push_target_test, says_what_is_wrong_with_a_url) {
  const auto message = [](std::string url) {
    try {
      static_cast<void>(parse_gateway_url(url));
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message("127.0.0.1:9091"), HasSubstr("such as http://127.0.0.1:9091"));
  EXPECT_THAT(message("https://push"), HasSubstr("TLS is not spoken"));
  EXPECT_THAT(message("http://me:word@push"), HasSubstr("push_options::authorization"));
  EXPECT_THAT(message("http://me:word@push"), ::testing::Not(HasSubstr("word@")));
  for (const char* port : {"", "0", "65536", "x", "-1", "1x"})
    EXPECT_THAT(message(std::string("http://push:") + port), HasSubstr("its port is none")) << port;
  for (const char* host : {"", ":1", "a b", "::1", "a\r\nb", "[]", "[x/y]"})
    EXPECT_NE(message(std::string("http://") + host), "") << host;
  for (const char* path : {"a b", "a?b", "a#b", "a\nb", "a\x7F", "\xFF"})
    EXPECT_THAT(message(std::string("http://push/") + path), HasSubstr("its path")) << path;
}

TEST(push_target_test, writes_the_path_of_a_group) {
  EXPECT_EQ(group_path("nightly", {}), "/metrics/job/nightly");
  EXPECT_EQ(group_path("nightly", {{"instance", "b-1.x_y"}, {"zone", "eu"}}),
            "/metrics/job/nightly/instance/b-1.x_y/zone/eu");
  // What has more than letters and the like in it goes as base64url, without padding.
  EXPECT_EQ(group_path("a/b", {}), "/metrics/job@base64/YS9i");
  EXPECT_EQ(group_path("a b", {{"x", "?>"}}), "/metrics/job@base64/YSBi/x@base64/Pz4");
  EXPECT_EQ(group_path("a", {{"x", "\xFB\xFF\xBF"}}), "/metrics/job/a/x@base64/-_-_");
  EXPECT_EQ(group_path("a", {{"x", "."}, {"y", ".."}}), "/metrics/job/a/x@base64/Lg/y@base64/Li4");
  EXPECT_EQ(group_path("a", {{"x", ""}}), "/metrics/job/a/x@base64/=");
}

TEST(push_target_test, refuses_labels_that_cannot_be) {
  const auto refused = [](const char* name) {
    return [name] { static_cast<void>(group_path("a", {{name, "x"}})); };
  };
  for (const char* name : {"", "a-b", "1a", "__x", "a/b", "\xC3\xBC"})
    EXPECT_THAT(refused(name),
                ThrowsMessage<std::invalid_argument>(HasSubstr("cannot be the name")))
        << name;
  EXPECT_THAT(refused("job"), ThrowsMessage<std::invalid_argument>(HasSubstr("push_options::job")));
  for (const char* name : {"loop", "site", "compiler", "le"})
    EXPECT_THAT(refused(name),
                ThrowsMessage<std::invalid_argument>(HasSubstr("is a label of what is pushed")))
        << name;
  EXPECT_THAT([] { static_cast<void>(group_path("", {})); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("push_options::job is empty")));
}

TEST(push_target_test, writes_base64) {  // RFC 4648, section 10
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64("\xFB\xFF\xBF"), "+/+/");
  EXPECT_EQ(basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(bearer_authorization("t0ken"), "Bearer t0ken");
}

}  // namespace
}  // namespace asioscope::metrics
