// SPDX-License-Identifier: BSL-1.0
// Peers that do what they should not, and ends at the wrong moment.
#include "peer.hpp"
#include "sample_snapshot.hpp"

#include "asioscope/metrics/endpoint.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace asioscope::metrics {
namespace {

using namespace std::chrono_literals;
using net::testing::peer;
using ::testing::HasSubstr;
using testing::sample_snapshot;
using ::testing::StartsWith;

// Read until the process has ended, when a string would have been destroyed.
constexpr const char* request = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

class neighbours_test : public ::testing::Test {
 protected:
  endpoint tested{{.address = "127.0.0.1:0", .collect = {.source = sample_snapshot}}};

  std::string answer_to(const std::string& bytes) {
    const peer client(tested.port());
    client.send(bytes);
    return client.receive_all();
  }
  bool is_served() { return answer_to(request).starts_with("HTTP/1.1 200 OK\r\n"); }
};

TEST_F(neighbours_test, connections_that_say_nothing_do_not_lock_anybody_out) {
  std::vector<peer> silent;
  for (int i = 0; i < 200; ++i)
    silent.emplace_back(tested.port());
  EXPECT_TRUE(is_served());
}

TEST_F(neighbours_test, ten_thousand_connections_are_over_soon) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) {
    const peer client(tested.port());
    ASSERT_TRUE(client.connected());
    if (i % 100 == 0) client.send("GET /me");
  }
  EXPECT_TRUE(is_served());
  // Were the queue of new connections short, each that finds it full would lose a second.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 60s);
}

TEST_F(neighbours_test, a_megabyte_of_headers_is_refused_without_being_kept) {
  const std::string filler(1024 * 1024, 'x');
  for (const std::string& bytes :
       {"GET /metrics HTTP/1.1\r\nHost: x\r\nCookie: " + filler + "\r\n\r\n",
        "GET /" + filler + " HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics?name[]=" + filler + " HTTP/1.1\r\nHost: x\r\n\r\n", filler}) {
    EXPECT_THAT(answer_to(bytes), StartsWith("HTTP/1.1 431 ")) << bytes.substr(0, 30);
  }
  EXPECT_TRUE(is_served());
}

TEST_F(neighbours_test, http_2_is_not_spoken) {
  EXPECT_THAT(answer_to("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
}

TEST_F(neighbours_test, who_greets_in_tls_is_told_at_once) {
  // A ClientHello has no end of line to wait for.
  const std::string hello("\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03", 11);
  const auto begin = std::chrono::steady_clock::now();
  const std::string answer = answer_to(hello + std::string(200, 'r'));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, HasSubstr("without TLS"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s);
}

TEST_F(neighbours_test, a_request_that_trickles_in_for_ever_is_cut_off) {
  const peer client(tested.port());
  client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  const auto begin = std::chrono::steady_clock::now();
  while (client.send("x") && std::chrono::steady_clock::now() - begin < 60s) {
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_TRUE(client.closed_by_other_side());
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 9s);
  EXPECT_TRUE(is_served());
}

TEST_F(neighbours_test, who_leaves_before_the_answer_harms_nobody) {
  for (int i = 0; i < 50; ++i) {
    const peer client(tested.port());
    client.send(std::string(request) + request);
    if (i % 2 == 0) client.finish();
  }
  EXPECT_TRUE(is_served());
}

/// Scrapes, while it lives, whatever listens on `port`.
class scrapers {
 public:
  scrapers() {
    for (int i = 0; i < 4; ++i) {
      threads_.emplace_back([this] {
        while (!over_) {
          const peer client(port.load());
          client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n" +
                      std::string(request));
          if (client.receive_all().find("HTTP/1.1 200") != std::string::npos) ++answers;
        }
      });
    }
  }
  ~scrapers() {
    over_ = true;
    for (std::thread& each : threads_)
      each.join();
  }
  scrapers(const scrapers&) = delete;
  scrapers& operator=(const scrapers&) = delete;

  std::atomic<std::uint16_t> port{0};
  std::atomic<int> answers{0};

 private:
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

TEST(shutdown_test, scrapes_are_cut_off_by_the_end_of_the_endpoint) {
  scrapers all;
  for (int round = 0; round < 20; ++round) {
    endpoint tested({.address = "127.0.0.1:0", .collect = {.source = sample_snapshot}});
    all.port = tested.port();
    const int enough = all.answers + round % 4;
    while (all.answers < enough)
      std::this_thread::yield();
    if (round % 2 == 0) tested.stop();
  }
}

TEST(shutdown_test, scrapes_may_come_while_the_program_exits) {
  const pid_t program = ::fork();
  if (program == 0) {
    // Never destroyed: its threads go on until the process has ended.
    auto* const all = new scrapers;
    static endpoint tested({.address = "127.0.0.1:0"});
    all->port = tested.port();
    while (all->answers < 20)
      std::this_thread::yield();
    std::exit(7);
  }
  int status = 0;
  ::waitpid(program, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

}  // namespace
}  // namespace asioscope::metrics
