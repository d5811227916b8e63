// SPDX-License-Identifier: BSL-1.0
#include "prometheus_server.hpp"

#include "sample_snapshot.hpp"

#include "asioscope/metrics/endpoint.hpp"

#include <gmock/gmock.h>

namespace asioscope::metrics {
namespace {

using ::testing::HasSubstr;
using testing::prometheus_server;
using testing::sample_snapshot;

TEST(prometheus_server_test, scrapes_the_endpoint) {
  endpoint tested({.address = "127.0.0.1:0", .collect = {.source = sample_snapshot}});
  const prometheus_server server(tested.port());
  // A value arrives as [time,"1"].
  EXPECT_THAT(server.query_until("up", ",\"1\"]"), HasSubstr(",\"1\"]"));
  EXPECT_THAT(server.query("asio_loop_pending_handlers%7Bloop=%22main%22%7D"),
              HasSubstr(",\"7\"]"));
  EXPECT_THAT(server.query("sum(asio_handlers_total)"), HasSubstr(",\"16\"]"));
  EXPECT_THAT(server.query("count(asio_handler_duration_seconds_bucket%7Bloop=%22main%22%7D)"),
              HasSubstr(",\"22\"]"));
  EXPECT_THAT(
      server.query("asio_handler_duration_seconds_bucket%7Bloop=%22pool%22,le=%221.0%22%7D"),
      HasSubstr(",\"1\"]"));
  // It goes on scraping over its connection.
  EXPECT_THAT(
      server.query_until("max_over_time(asioscope_scrapes_total[1m])%20%3E%203", "\"value\""),
      HasSubstr("\"value\""));
}

}  // namespace
}  // namespace asioscope::metrics
