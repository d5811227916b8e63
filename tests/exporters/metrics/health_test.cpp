// SPDX-License-Identifier: BSL-1.0
// Loops that really run, and get stuck.
#include "peer.hpp"

#include "asioscope/instrumentation/name_loop.hpp"
#include "asioscope/metrics/endpoint.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <thread>

namespace asioscope::metrics {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using net::testing::peer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A loop with a thread, and a timer that always waits.
class running_loop {
 public:
  explicit running_loop(const std::string& name) {
    asioscope::name_loop(context_, name);
    waiting_.async_wait([](auto) {});
    thread_ = std::thread([this] { context_.run(); });
  }
  ~running_loop() {
    context_.stop();
    thread_.join();
  }
  asio::io_context& context() { return context_; }

 private:
  asio::io_context context_;
  asio::steady_timer waiting_{context_, 1h};
  std::thread thread_;
};

class health_test : public ::testing::Test {
 protected:
  static std::string get(const endpoint& from, const std::string& path) {
    const peer client(from.port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.receive_all();
  }
  static std::string wait_for(const endpoint& from, const std::string& path, const char* status) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    std::string answer;
    do {
      answer = get(from, path);
    } while (!answer.starts_with(status) && std::chrono::steady_clock::now() < limit);
    return answer;
  }
};

constexpr const char* ok = "HTTP/1.1 200 OK\r\n";
constexpr const char* unavailable = "HTTP/1.1 503 Service Unavailable\r\n";

TEST_F(health_test, a_blocked_loop_fails_by_name_until_it_goes_on) {
  const endpoint patient({.address = "127.0.0.1:0"});
  const endpoint tested({.address = "127.0.0.1:0", .liveness_limit = 200ms});
  running_loop healthy("healthy");
  running_loop blocked("blocked");
  EXPECT_THAT(wait_for(tested, "/readyz", ok), StartsWith(ok));
  EXPECT_THAT(get(tested, "/livez"), StartsWith(ok));

  std::promise<void> go_on;
  asio::post(blocked.context(), [waiting = go_on.get_future().share()] { waiting.wait(); });
  const std::string answer = wait_for(tested, "/livez", unavailable);
  EXPECT_THAT(answer, StartsWith(unavailable));
  EXPECT_THAT(answer, AllOf(HasSubstr("loop blocked has been in one handler for "),
                            HasSubstr("the limit is 0.2 s\n"), Not(HasSubstr("healthy"))));
  EXPECT_THAT(get(tested, "/readyz"), AllOf(StartsWith(unavailable), HasSubstr("loop blocked ")));
  EXPECT_THAT(get(tested, "/healthz"), StartsWith(ok));
  EXPECT_THAT(get(tested, "/metrics"), StartsWith(ok));
  // Without a limit nobody is told to kill anything.
  EXPECT_THAT(get(patient, "/livez"), StartsWith(ok));
  EXPECT_THAT(get(patient, "/readyz"), StartsWith(ok));

  go_on.set_value();
  EXPECT_THAT(wait_for(tested, "/livez", ok), StartsWith(ok));
  EXPECT_THAT(wait_for(tested, "/readyz", ok), StartsWith(ok));
}

TEST_F(health_test, a_busy_loop_and_an_idle_one_never_fail) {
  const endpoint tested({.address = "127.0.0.1:0", .liveness_limit = 400ms});
  const running_loop idle("idle");
  running_loop busy("busy");
  std::promise<void> done;
  std::function<void(int)> again = [&](int left) {
    std::this_thread::sleep_for(1ms);
    if (left == 0) return done.set_value();
    asio::post(busy.context(), [&again, left] { again(left - 1); });
  };
  asio::post(busy.context(), [&again] { again(600); });
  auto end = done.get_future();
  while (end.wait_for(0s) != std::future_status::ready) {
    EXPECT_THAT(get(tested, "/livez"), StartsWith(ok));
  }
}

TEST_F(health_test, work_that_nobody_runs_is_no_reason_to_be_killed) {
  const endpoint tested({.address = "127.0.0.1:0", .liveness_limit = 1ms});
  asio::io_context never_run;
  asio::post(never_run, [] {});
  asio::io_context run_once;
  asio::post(run_once, [] {});
  run_once.run();
  asio::post(run_once, [] {});
  std::this_thread::sleep_for(20ms);  // many times the limit
  EXPECT_THAT(get(tested, "/livez"), StartsWith(ok));
}

TEST_F(health_test, a_loop_is_alive_while_one_of_its_threads_gets_on) {
  const endpoint tested({.address = "127.0.0.1:0", .liveness_limit = 200ms});
  running_loop shared("shared");
  std::thread second([&] { shared.context().run(); });
  std::promise<void> go_on;
  std::promise<void> begun;
  asio::post(shared.context(), [&] {
    begun.set_value();
    go_on.get_future().wait();
  });
  begun.get_future().wait();
  const auto until = std::chrono::steady_clock::now() + 600ms;
  while (std::chrono::steady_clock::now() < until) {
    EXPECT_THAT(get(tested, "/livez"), StartsWith(ok));
  }
  go_on.set_value();
  shared.context().stop();
  second.join();
}

}  // namespace
}  // namespace asioscope::metrics
