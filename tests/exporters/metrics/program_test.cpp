// SPDX-License-Identifier: BSL-1.0
// A whole program: a session that serves nothing itself, an instrumented loop, and each way in
// which its metrics leave it.
#include "prometheus_server.hpp"
#include "pushgateway.hpp"

#include "asioscope/instrumentation/instrumented_executor.hpp"
#include "asioscope/metrics/push_gateway.hpp"
#include "asioscope/metrics_prometheus/collectable.hpp"
#include "asioscope/recorder/recorder.hpp"
#include "asioscope/session/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <gmock/gmock.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/registry.h>

#include <atomic>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace asioscope::metrics {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using testing::http_get;
using testing::prometheus_server;
using ::testing::ThrowsMessage;

session::options without_endpoint() {
  return {.metrics = false, .live = false, .quiet = true, .use_environment = false};
}

void run_handlers(const char* loop_name, int count) {
  asio::io_context loop;
  const auto executor = instrument(loop, loop_name);
  for (int i = 0; i < count; ++i)
    asio::post(executor, [] {});
  loop.run();
}

/// What a program that has prometheus-cpp already does.
class exposing_program {
 public:
  explicit exposing_program(collect_options options)
      : ours_(std::make_shared<collectable>(std::move(options))) {
    prometheus::BuildCounter()
        .Name("shop_orders_total")
        .Help("Orders")
        .Register(*theirs_)
        .Add({})
        .Increment(42);
    exposer_.RegisterCollectable(theirs_);
    exposer_.RegisterCollectable(ours_);
  }

  [[nodiscard]] std::uint16_t port() const {
    return static_cast<std::uint16_t>(exposer_.GetListeningPorts().at(0));
  }

 private:
  std::shared_ptr<prometheus::Registry> theirs_ = std::make_shared<prometheus::Registry>();
  std::shared_ptr<collectable> ours_;
  prometheus::Exposer exposer_{"127.0.0.1:0", 2};
};

TEST(program_test, an_exposer_of_prometheus_cpp_is_scraped_by_prometheus) {
  const session recording(without_endpoint());
  EXPECT_EQ(recording.metrics_url(), "");
  run_handlers("exposed", 7);
  std::atomic<bool> fails = false;
  const exposing_program program({.source = [&] {
    if (fails) throw std::runtime_error("no snapshot");
    return recorder::take_snapshot();
  }});
  const prometheus_server server(program.port());
  EXPECT_THAT(server.query_until("up", ",\"1\"]"), HasSubstr(",\"1\"]"));
  EXPECT_THAT(server.query("sum(asio_handlers_total%7Bloop=%22exposed%22%7D)"),
              HasSubstr(",\"7\"]"));
  EXPECT_THAT(server.query("asio_handler_duration_seconds_count%7Bloop=%22exposed%22%7D"),
              HasSubstr(",\"7\"]"));
  EXPECT_THAT(server.query("count(asio_build_info)"), HasSubstr(",\"1\"]"));
  EXPECT_THAT(server.query("shop_orders_total"), HasSubstr(",\"42\"]"));
  EXPECT_THAT(server.query("count(process_threads)"), HasSubstr(",\"1\"]"));

  // No family twice.
  std::istringstream lines(http_get(program.port(), "/metrics"));
  std::set<std::string> types;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    EXPECT_TRUE(types.insert(line).second) << line;
  }
  EXPECT_GT(types.size(), 30U);

  // A source that throws ends neither the program nor the scrape of what is not ours.
  fails = true;
  EXPECT_THAT(server.query_until("asioscope_collect_errors_total%20%3E%202", "\"value\""),
              HasSubstr("\"value\""));
  EXPECT_THAT(server.query("up"), HasSubstr(",\"1\"]"));
  EXPECT_THAT(server.query("shop_orders_total"), HasSubstr(",\"42\"]"));
  EXPECT_THAT(server.query("asio_build_info"), HasSubstr("\"result\":[]"));
  fails = false;
  EXPECT_THAT(server.query_until("asio_build_info", "\"value\""), HasSubstr("\"value\""));
}

TEST(program_test, a_push_at_the_end_has_everything_in_and_none_is_made_in_a_handler) {
  const session recording(without_endpoint());
  const testing::pushgateway gateway;
  push_gateway tested({.url = gateway.url(), .job = "nightly"});
  asio::io_context loop;
  const auto executor = instrument(loop, "batch");
  asio::post(executor, [&] {
    EXPECT_THAT([&] { tested.push(); },
                ThrowsMessage<std::logic_error>(HasSubstr("called in a handler")));
    EXPECT_THROW(tested.add(), std::logic_error);
    EXPECT_THROW(tested.remove(), std::logic_error);
  });
  for (int i = 0; i < 999; ++i)
    asio::post(executor, [] {});
  loop.run();
  tested.push();
  EXPECT_THAT(gateway.get("/metrics"),
              HasSubstr("asio_handler_duration_seconds_count{instance=\"\",job=\"nightly\",loop="
                        "\"batch\"} 1000\n"));
}

}  // namespace
}  // namespace asioscope::metrics
