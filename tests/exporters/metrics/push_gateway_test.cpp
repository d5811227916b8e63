// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/push_gateway.hpp"

#include "pushgateway.hpp"
#include "sample_snapshot.hpp"

#include "asioscope/net/listener.hpp"
#include "asioscope/net/unique_fd.hpp"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace asioscope::metrics {
namespace {

using net::testing::peer;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::pushgateway;
using testing::sample_snapshot;
using ::testing::Throws;
using ::testing::ThrowsMessage;

push_options nightly(const std::string& url) {
  return {.url = url, .job = "nightly", .collect = {.source = sample_snapshot}};
}

TEST(push_gateway_test, pushes_adds_replaces_and_removes) {
  const pushgateway real;
  push_options options = nightly(real.url());
  options.grouping = {{"batch", "b1"}};
  push_gateway tested(options);
  EXPECT_EQ(tested.url(), real.url() + "/metrics/job/nightly/batch/b1");

  const auto ours = HasSubstr(
      "asio_handlers_total{batch=\"b1\",instance=\"\",job=\"nightly\",loop=\"main\",site=\"on_"
      "read\"} 10\n");
  const auto foreign = HasSubstr("others_total{batch=\"b1\"");
  tested.push();
  EXPECT_THAT(real.get("/metrics"),
              AllOf(ours,
                    HasSubstr("asio_handler_duration_seconds_bucket{batch=\"b1\",instance="
                              "\"\",job=\"nightly\",loop=\"main\",le=\"+Inf\"} 15\n"),
                    HasSubstr("asioscope_scrapes_total{batch=\"b1\",instance=\"\",job=\"nightly\"} "
                              "1\n"),
                    HasSubstr("process_threads{batch=\"b1\",instance=\"\",job=\"nightly\"} ")));

  ASSERT_THAT(real.post("/metrics/job/nightly/batch/b1",
                        "# TYPE others_total counter\n"
                        "others_total 1\n"),
              HasSubstr(" 200 OK"));
  tested.add();
  EXPECT_THAT(real.get("/metrics"), AllOf(ours, foreign,
                                          HasSubstr("scrapes_total{batch=\"b1\","
                                                    "instance=\"\",job=\"nightly\"} "
                                                    "2\n")));
  tested.push();
  EXPECT_THAT(real.get("/metrics"), AllOf(ours, Not(foreign)));
  tested.remove();
  EXPECT_THAT(real.get("/metrics"),
              AllOf(Not(HasSubstr("asio_handlers_total")), HasSubstr(" 200")));
  EXPECT_NO_THROW(tested.remove());
}

TEST(push_gateway_test, any_job_and_grouping_value_arrives) {
  const pushgateway real;
  push_options options = nightly(real.url());
  options.job = "a/b c?d#e%f";
  options.grouping = {{"dots", ".."}, {"empty", ""}, {"other", "\xC3\xBC \"\\\n"}};
  push_gateway tested(options);
  tested.push();
  EXPECT_THAT(real.get("/metrics"),
              HasSubstr("asio_loop_threads{dots=\"..\",empty=\"\",instance=\"\",job=\"a/b "
                        "c?d#e%f\",loop=\"main\",other=\"\xC3\xBC \\\"\\\\\\n\"} 2\n"));
  tested.remove();
  EXPECT_THAT(real.get("/metrics"), Not(HasSubstr("asio_loop_threads")));
}

TEST(push_gateway_test, says_what_the_gateway_said) {
  const pushgateway real;
  ASSERT_THAT(real.post("/metrics/job/other",
                        "# TYPE asio_loop_threads counter\n"
                        "asio_loop_threads 1\n"),
              HasSubstr(" 200 OK"));
  EXPECT_THAT([&] { push_gateway(nightly(real.url())).push(); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("PUT " + real.url() + "/metrics/job/nightly: 400 Bad Request: "),
                        HasSubstr("inconsistent"), HasSubstr("asio_loop_threads"))));
}

TEST(push_gateway_test, says_who_it_is) {
  // bcrypt of "secret", at the lowest cost.
  const pushgateway real(
      "basic_auth_users: {tester: "
      "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW}\n");
  push_options options = nightly(real.url());
  EXPECT_THAT([&] { push_gateway(options).push(); },
              ThrowsMessage<std::runtime_error>(HasSubstr(": 401 Unauthorized: ")));
  options.authorization = basic_authorization("tester", "wrong");
  EXPECT_THAT([&] { push_gateway(options).push(); },
              ThrowsMessage<std::runtime_error>(HasSubstr(": 401 Unauthorized: ")));
  options.authorization = basic_authorization("tester", "secret");
  EXPECT_NO_THROW(push_gateway(options).push());

  options.authorization = "Bearer x\r\nX-Other: y";
  EXPECT_THAT([&] { push_gateway{options}; },
              ThrowsMessage<std::invalid_argument>(HasSubstr("control characters")));
}

/// A server of the test's own: does what it is told with its first connection.
class odd_server {
 public:
  explicit odd_server(std::function<void(int)> serve)
      : thread_([this, serve = std::move(serve)] {
          pollfd waiting{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
          if (::poll(&waiting, 1, 60'000) != 1) return;
          const net::unique_fd connection(::accept(socket_.fd(), nullptr, nullptr));
          serve(connection.get());
        }) {}
  ~odd_server() { thread_.join(); }
  odd_server(const odd_server&) = delete;
  odd_server& operator=(const odd_server&) = delete;

  [[nodiscard]] std::string url() const { return "http://" + socket_.address(); }

 private:
  net::listener socket_ = net::listener::tcp({"127.0.0.1", 0});
  std::thread thread_;
};

bool send(int connection, std::string_view text) {
  return ::send(connection, text.data(), text.size(), MSG_NOSIGNAL) > 0;
}

std::string receive(int connection) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::recv(connection, buffer.data(), buffer.size(), 0);
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

void receive_all(int connection) {
  while (!receive(connection).empty()) {
  }
}

TEST(push_gateway_test, sends_what_it_was_told_as_authorization) {
  std::string heard;
  {
    const odd_server server([&](int connection) {
      while (heard.find("\r\n\r\n") == heard.npos)
        heard += receive(connection);
      send(connection, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    });
    push_options options = nightly(server.url());
    options.authorization = bearer_authorization("t0ken");
    push_gateway(options).remove();
  }
  EXPECT_THAT(heard, AllOf(HasSubstr("DELETE /metrics/job/nightly HTTP/1.1\r\nHost: 127.0.0.1:"),
                           HasSubstr("\r\nAuthorization: Bearer t0ken\r\n")));
}

/// What push() throws within a deadline of 300 ms, and that it does not take longer than that.
std::string failure(const std::string& url, schema::snapshot (*source)() = sample_snapshot) {
  push_options options = nightly(url);
  options.deadline = 300ms;
  options.collect.source = source;
  push_gateway tested(options);
  const auto begin = std::chrono::steady_clock::now();
  std::string said;
  try {
    tested.push();
  } catch (const std::system_error& error) {
    said = error.what();
    if (error.code() == std::errc::timed_out) {
      EXPECT_GE(std::chrono::steady_clock::now() - begin, 300ms);
    }
  } catch (const std::runtime_error& error) {
    said = error.what();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);  // on a busy machine
  return said;
}

TEST(push_gateway_test, nobody_there) {
  const std::uint16_t port = net::listener::tcp({"127.0.0.1", 0}).port();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  EXPECT_EQ(failure("http://" + address), address + ": connecting: Connection refused");
  // Of all the addresses that a name has.
  const std::string named = "localhost:" + std::to_string(port);
  EXPECT_EQ(failure("http://" + named), named + ": connecting: Connection refused");
  EXPECT_THAT(failure("http://no-such-host.invalid"),
              HasSubstr("no-such-host.invalid:80: looking up 'no-such-host.invalid'"));
}

TEST(push_gateway_test, a_name_is_looked_up) {
  const odd_server server([](int connection) {
    send(connection, "HTTP/1.0 200 OK\r\n\r\n");
    ::shutdown(connection, SHUT_WR);
    receive_all(connection);
  });
  const std::string url = server.url();
  EXPECT_EQ(failure("http://localhost" + url.substr(url.rfind(':'))), "");
}

TEST(push_gateway_test, a_connection_that_is_never_made) {
  // A full queue of connections: the kernel leaves the next one without an answer.
  const net::unique_fd full(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(full.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(full.get(), 0), 0);
  ASSERT_EQ(::getsockname(full.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const peer first(ntohs(address.sin_port));
  EXPECT_THAT(failure("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port))),
              HasSubstr(": connecting: Connection timed out"));
}

TEST(push_gateway_test, an_answer_that_never_comes) {
  // The kernel accepts the connection, and nobody reads from it.
  const net::listener deaf = net::listener::tcp({"127.0.0.1", 0});
  EXPECT_EQ(failure("http://" + deaf.address()),
            deaf.address() + ": waiting for the answer: Connection timed out");
}

/// Six megabytes of text: more than the buffers of a connection hold.
schema::snapshot large_snapshot() {
  schema::snapshot result = sample_snapshot();
  for (std::uint32_t id = 10; id < 400; ++id) {
    result.loops.push_back({.id = id, .name = "loop " + std::to_string(id)});
    result.loop_stats.push_back({.loop = id});
  }
  return result;
}

TEST(push_gateway_test, a_request_that_nobody_reads) {
  const net::listener deaf = net::listener::tcp({"127.0.0.1", 0});
  EXPECT_EQ(failure("http://" + deaf.address(), large_snapshot),
            deaf.address() + ": sending: Connection timed out");
}

TEST(push_gateway_test, an_answer_that_comes_byte_by_byte) {
  const odd_server server([](int connection) {
    send(connection, "HTTP/1.1 200 OK\r\nX: ");
    while (send(connection, "x"))
      std::this_thread::sleep_for(5ms);
  });
  EXPECT_THAT(failure(server.url()), HasSubstr(": waiting for the answer: Connection timed out"));
}

TEST(push_gateway_test, an_answer_before_the_request_was_read) {
  std::promise<void> over;
  const odd_server server([&](int connection) {
    receive(connection);
    send(connection, "HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 8\r\n\r\ntoo much");
    over.get_future().wait();
  });
  EXPECT_THAT(failure(server.url(), large_snapshot),
              HasSubstr(": 413 Request Entity Too Large: too much"));
  over.set_value();
}

TEST(push_gateway_test, answers_that_are_none) {
  const auto answered = [](std::string text) {
    const odd_server server([text = std::move(text)](int connection) {
      std::string_view left = text;
      while (!left.empty() && send(connection, left.substr(0, 1000)))
        left.remove_prefix(std::min<std::size_t>(left.size(), 1000));
      ::shutdown(connection, SHUT_WR);
      receive_all(connection);
    });
    return failure(server.url());
  };
  EXPECT_THAT(answered(""), HasSubstr(": hung up in the middle of its answer"));
  EXPECT_THAT(answered("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
              HasSubstr(": hung up in the middle of its answer"));
  EXPECT_THAT(answered("SSH-2.0-OpenSSH_9.2\r\n\r\n"), HasSubstr(": answered what is not HTTP"));
  EXPECT_THAT(answered("HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'x')),
              HasSubstr(": answered what is not HTTP"));
  EXPECT_THAT(answered("HTTP/1.1 200 OK\r\n\r\n" + std::string(1'000'000, 'x')),
              HasSubstr(": answered what is not HTTP"));
  EXPECT_THAT(answered("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n"),
              HasSubstr(": 302 Found"));
  EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
            "");
}

TEST(push_gateway_test, a_source_that_throws) {
  EXPECT_THROW(push_gateway({.job = "a", .collect = {.source = []() -> schema::snapshot {
                                           throw std::out_of_range("no snapshot");
                                         }}})
                   .push(),
               std::out_of_range);
}

}  // namespace
}  // namespace asioscope::metrics
