// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/service.hpp"

#include "peer.hpp"

#include <gmock/gmock.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asioscope::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::peer;
using ::testing::StartsWith;

/// What the handler in these tests does with its input, a line at a time.
class line_handler : public connection_handler {
 public:
  explicit line_handler(std::shared_ptr<std::promise<std::string>> closed)
      : closed_(std::move(closed)) {}

  std::size_t on_data(connection& self, std::string_view input) override {
    const std::size_t end = input.find('\n');
    if (end == std::string_view::npos) return 0;
    const std::string line(input.substr(0, end));
    if (line == "finish") {
      self.send("bye\n");
      self.finish();
    } else if (line == "drop") {
      self.send("lost\n");
      self.drop("told to");
    } else if (line == "throw") {
      throw std::runtime_error("handler threw");
    } else if (line == "flood") {
      self.send(std::string(self.room(), 'x'));
      self.send(self.send("y") ? "accepted" : "");
    } else if (line == "drained?") {
      self.send(std::to_string(drained_) + '\n');
    } else if (line == "soon") {
      self.expire_after(milliseconds{1});
    } else if (line == "peer") {
      self.send(self.peer() + '\n');
    } else if (line == "one at a time") {
      one_at_a_time_ = true;
    } else if (one_at_a_time_ && self.queued() > 0) {
      return 0;
    } else {
      self.send(line + '\n');
    }
    return end + 1;
  }

  void on_drained(connection&) override { ++drained_; }

  void on_closed(connection&, std::string_view reason) override {
    if (closed_) std::exchange(closed_, nullptr)->set_value(std::string(reason));
  }

 private:
  std::shared_ptr<std::promise<std::string>> closed_;
  int drained_ = 0;
  bool one_at_a_time_ = false;
};

class service_test : public ::testing::Test {
 protected:
  /// Serves line_handlers; the reason with which the first of them ends is in `reason`.
  std::uint16_t serve(const connection_limits& limits = {}) {
    listener socket = listener::tcp({"127.0.0.1", 0});
    const std::uint16_t port = socket.port();
    tested.listen(std::move(socket), limits, [closed = closed](connection&) mutable {
      return std::make_unique<line_handler>(std::exchange(closed, nullptr));
    });
    return port;
  }
  std::string reason_of_first() {
    std::future<std::string> result = closed->get_future();
    if (result.wait_for(seconds{20}) != std::future_status::ready) return "still open";
    return result.get();
  }
  /// Runs something on the service's thread and waits for it.
  void on_thread(const std::function<void()>& work) {
    std::promise<void> done;
    ASSERT_TRUE(tested.post([&] {
      work();
      done.set_value();
    }));
    done.get_future().wait();
  }

  std::shared_ptr<std::promise<std::string>> closed = std::make_shared<std::promise<std::string>>();
  service tested{{.thread_name = "asioscope-test"}};
};

TEST_F(service_test, answers_what_comes_in_pieces_and_what_comes_together) {
  const peer client(serve());
  client.send("hel");
  client.send("lo\nsecond\nthi");
  EXPECT_EQ(client.receive(13), "hello\nsecond\n");
  client.send("rd\n");
  EXPECT_EQ(client.receive(6), "third\n");
}

TEST_F(service_test, serves_many_peers_and_listeners) {
  const std::uint16_t first = serve();
  const std::uint16_t second = serve();
  std::vector<peer> clients;
  for (int i = 0; i < 20; ++i)
    clients.emplace_back(i % 2 == 0 ? first : second);
  for (const peer& each : clients)
    each.send("ping\n");
  for (const peer& each : clients)
    EXPECT_EQ(each.receive(5), "ping\n");
}

TEST_F(service_test, serves_a_unix_socket) {
  std::string pattern = (std::filesystem::temp_directory_path() / "asioscope-test-XXXXXX").native();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  tested.listen(listener::local(folder / "s"), {},
                [](connection&) { return std::make_unique<line_handler>(nullptr); });
  const peer client((folder / "s").native());
  client.send("peer\n");
  EXPECT_EQ(client.receive(6), "local\n");
  tested.stop();
  EXPECT_FALSE(std::filesystem::exists(folder / "s"));
  std::filesystem::remove_all(folder);
}

TEST_F(service_test, knows_its_peer) {
  const peer client(serve());
  client.send("peer\n");
  EXPECT_THAT(client.receive(10), StartsWith("127.0.0.1:"));
}

TEST_F(service_test, finish_sends_what_is_queued_even_when_input_is_left_unread) {
  const peer client(serve());
  client.send("finish\n" + std::string(1000, 'z'));
  EXPECT_EQ(client.receive_all(), "bye\n");
}

TEST_F(service_test, drop_sends_nothing_and_says_why) {
  const peer client(serve());
  client.send("drop\n");
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_EQ(reason_of_first(), "told to");
}

TEST_F(service_test, an_exception_in_a_handler_ends_that_connection_only) {
  const std::uint16_t port = serve();
  const peer other(port);
  other.send("a\n");
  EXPECT_EQ(other.receive(2), "a\n");
  const peer client(port);
  client.send("throw\n");
  EXPECT_EQ(client.receive_all(), "");
  other.send("b\n");
  EXPECT_EQ(other.receive(2), "b\n");
}

TEST_F(service_test, the_reason_of_an_exception_is_its_what) {
  const peer client(serve());
  client.send("throw\n");
  EXPECT_EQ(reason_of_first(), "handler threw");
}

TEST_F(service_test, a_peer_that_ends_its_input_still_gets_the_answer) {
  const peer client(serve());
  client.send("question\n");
  client.finish();
  EXPECT_EQ(client.receive_all(), "question\n");
  EXPECT_EQ(reason_of_first(), "the peer has finished");
}

TEST_F(service_test, a_peer_that_vanishes_is_noticed) {
  {
    const peer client(serve());
    client.send("x\n");
    EXPECT_EQ(client.receive(2), "x\n");
  }
  EXPECT_EQ(reason_of_first(), "the peer has finished");
}

TEST_F(service_test, writing_to_a_peer_that_is_gone_raises_no_signal) {
  // Should SIGPIPE be raised on the service's thread, where it is blocked, it would stay pending
  // there.
  const std::uint16_t port = serve({.max_output = 8 * 1024 * 1024});
  {
    const peer client(port);
    client.send("flood\n");
    EXPECT_EQ(client.receive(10), "xxxxxxxxxx");
  }
  EXPECT_NE(reason_of_first(), "still open");
  on_thread([] {
    sigset_t pending;
    ASSERT_EQ(::sigpending(&pending), 0);
    EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  });
}

TEST_F(service_test, input_nobody_wants_is_capped) {
  const peer client(serve({.max_input = 1000}));
  client.send(std::string(100'000, 'z'));
  EXPECT_EQ(reason_of_first(), "sent too much at once");
}

TEST_F(service_test, output_is_capped_and_arrives_whole) {
  const peer client(serve({.max_output = 4 * 1024 * 1024}));
  client.send("flood\ndrained?\n");
  const std::string got = client.receive(4 * 1024 * 1024);
  EXPECT_EQ(got, std::string(4 * 1024 * 1024, 'x'));
  client.send("drained?\n");
  EXPECT_EQ(client.receive(2), "1\n");
}

TEST_F(service_test, input_left_is_offered_again_when_the_output_is_out) {
  const peer client(serve());
  client.send("one at a time\nfirst\nsecond\nthird\n");
  EXPECT_EQ(client.receive(19), "first\nsecond\nthird\n");
}

TEST_F(service_test, input_left_is_answered_after_the_peer_has_ended_its_input) {
  const peer client(serve());
  client.send("one at a time\nfirst\nsecond\nthird\n");
  client.finish();
  EXPECT_EQ(client.receive_all(), "first\nsecond\nthird\n");
}

TEST_F(service_test, an_idle_peer_is_dropped) {
  const peer client(serve({.idle_timeout = milliseconds{20}}));
  EXPECT_TRUE(client.closed_by_other_side());
  EXPECT_EQ(reason_of_first(), "idle for too long");
}

TEST_F(service_test, a_peer_that_does_not_read_is_dropped) {
  const peer client(serve({.max_output = 16 * 1024 * 1024, .idle_timeout = milliseconds{200}}));
  client.send("flood\n");
  EXPECT_EQ(reason_of_first(), "does not read");
}

TEST_F(service_test, a_connection_expires_when_told) {
  const peer client(serve());
  client.send("soon\n");
  EXPECT_EQ(reason_of_first(), "took too long");
}

TEST_F(service_test, one_too_many_is_refused) {
  const std::uint16_t port = serve({.max_connections = 1});
  const peer first(port);
  first.send("a\n");
  EXPECT_EQ(first.receive(2), "a\n");
  EXPECT_TRUE(peer(port).closed_by_other_side());
  first.send("b\n");
  EXPECT_EQ(first.receive(2), "b\n");
}

TEST_F(service_test, or_the_idlest_makes_room) {
  const std::uint16_t port = serve({.max_connections = 2, .make_room = true});
  const peer first(port);
  first.send("a\n");
  EXPECT_EQ(first.receive(2), "a\n");
  const peer second(port);
  second.send("a\n");
  EXPECT_EQ(second.receive(2), "a\n");
  first.send("again\n");
  EXPECT_EQ(first.receive(6), "again\n");
  const peer third(port);
  third.send("b\n");
  EXPECT_EQ(third.receive(2), "b\n");
  EXPECT_TRUE(second.closed_by_other_side());
  first.send("c\n");
  EXPECT_EQ(first.receive(2), "c\n");
}

TEST_F(service_test, who_does_not_read_makes_room_before_who_does) {
  constexpr std::size_t flood = 64 * 1024 * 1024;  // more than the kernel takes
  const std::uint16_t port = serve({.max_connections = 2, .make_room = true, .max_output = flood});
  const peer silent(port);
  silent.send("flood\n");
  ASSERT_EQ(silent.receive(1), "x");
  const peer reader(port);
  reader.send("flood\n");
  std::size_t received = 0;
  bool served = false;
  const auto limit = std::chrono::steady_clock::now() + seconds{20};
  while (!served && std::chrono::steady_clock::now() < limit) {
    received += reader.receive(1024).size();
    const peer third(port);
    third.send("a\n");
    served = third.receive(2) == "a\n";
  }
  EXPECT_TRUE(served);
  EXPECT_LT(silent.receive(flood - 1).size(), flood - 1);
  EXPECT_EQ(reader.receive(flood - received).size(), flood - received);
}

TEST_F(service_test, a_factory_may_refuse) {
  listener socket = listener::tcp({"127.0.0.1", 0});
  const std::uint16_t port = socket.port();
  int made = 0;
  tested.listen(std::move(socket), {}, [&](connection&) -> std::unique_ptr<connection_handler> {
    if (made++ == 0) return nullptr;
    throw std::runtime_error("no");
  });
  EXPECT_TRUE(peer(port).closed_by_other_side());
  EXPECT_TRUE(peer(port).closed_by_other_side());
  on_thread([&] { EXPECT_EQ(made, 2); });
}

TEST_F(service_test, posted_work_runs_in_order_on_the_thread) {
  std::vector<int> order;
  std::thread::id where;
  tested.post([&] { order.push_back(1); });
  tested.post([] { throw std::runtime_error("dropped"); });
  tested.post([&] { order.push_back(2); });
  on_thread([&] { where = std::this_thread::get_id(); });
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2));
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST_F(service_test, what_was_posted_before_the_stop_runs_and_nothing_after) {
  bool ran = false;
  tested.post([&] { ran = true; });
  tested.stop();
  EXPECT_TRUE(ran);
  EXPECT_FALSE(tested.post([] { FAIL(); }));
}

TEST_F(service_test, stop_tells_the_connections) {
  const std::uint16_t port = serve();
  const peer client(port);
  client.send("a\n");
  EXPECT_EQ(client.receive(2), "a\n");
  tested.stop();
  EXPECT_TRUE(client.closed_by_other_side());
  EXPECT_EQ(reason_of_first(), "the program stops serving");
  EXPECT_FALSE(peer(port).connected());
}

TEST_F(service_test, may_be_told_to_stop_on_its_own_thread) {
  tested.post([&] { tested.stop(); });
  tested.stop();
}

TEST_F(service_test, the_thread_has_a_name_and_takes_no_signals) {
  on_thread([] {
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    EXPECT_STREQ(name.data(), "asioscope-test");
    sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    for (const int each : {SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGALRM, SIGCHLD, SIGRTMIN}) {
      EXPECT_EQ(::sigismember(&blocked, each), 1) << each;
    }
  });
  sigset_t ours;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &ours);
  EXPECT_EQ(::sigismember(&ours, SIGTERM), 0);
}

TEST(service_tick_test, ticks_come_again_and_again_even_when_they_throw) {
  std::atomic<int> ticks{0};
  std::promise<void> third;
  const service tested({.tick_period = milliseconds{1}, .on_tick = [&] {
                          if (++ticks == 3) third.set_value();
                          throw std::runtime_error("dropped");
                        }});
  EXPECT_EQ(third.get_future().wait_for(seconds{20}), std::future_status::ready);
}

TEST(service_tick_test, the_period_changes_on_the_thread) {
  int ticks = 0;
  std::promise<void> third;
  service tested({.on_tick = [&] {
    if (++ticks != 3) return;
    tested.tick_every(milliseconds{0});
    third.set_value();
  }});
  tested.post([&] { tested.tick_every(milliseconds{1}); });
  third.get_future().wait();
  // Were it ticking still, it would do so in the time of these.
  for (int i = 0; i < 1000; ++i) {
    std::promise<void> round;
    tested.post([&] { round.set_value(); });
    round.get_future().wait();
  }
  tested.stop();
  EXPECT_EQ(ticks, 3);
}

TEST_F(service_test, survives_a_lack_of_descriptors) {
  const std::uint16_t port = serve();
  const peer before(port);
  before.send("a\n");
  ASSERT_EQ(before.receive(2), "a\n");
  const peer during(port);  // connected by the kernel, and soon by the service
  during.send("b\n");
  ASSERT_EQ(during.receive(2), "b\n");

  peer waiting = [&] {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit before_limit = limit;
    // The client gets the last descriptor there is, nothing is left for the service.
    const int free = ::dup(0);
    ::close(free);
    limit.rlim_cur = static_cast<rlim_t>(free) + 1;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    peer result(port);
    result.send("c\n");
    // The other connections are served all the same.
    before.send("d\n");
    EXPECT_EQ(before.receive(2), "d\n");
    ::setrlimit(RLIMIT_NOFILE, &before_limit);
    return result;
  }();
  EXPECT_EQ(waiting.receive(2), "c\n");
}

TEST_F(service_test, a_forked_child_has_nothing_of_it) {
  const std::uint16_t port = serve();
  auto other = std::make_unique<service>(service_options{});
  const peer client(port);
  client.send("a\n");
  ASSERT_EQ(client.receive(2), "a\n");
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(10);  // should something wait for the thread that is not there
    const bool posted = tested.post([] {});
    tested.stop();
    other.reset();
    ::_exit(posted ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  client.send("still here\n");
  EXPECT_EQ(client.receive(11), "still here\n");
}

TEST_F(service_test, a_peer_learns_of_the_end_although_a_forked_child_lives_on) {
  const peer client(serve());
  client.send("a\n");
  ASSERT_EQ(client.receive(2), "a\n");
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  tested.stop();
  EXPECT_TRUE(client.closed_by_other_side());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(service_stress_test, starts_and_stops_while_peers_come_and_go) {
  std::atomic<std::uint16_t> port{0};
  std::atomic<bool> over{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      while (!over) {
        const peer client(port.load());
        if (!client.connected() || !client.send("hello\n")) continue;
        if (client.receive(6) == "hello\n") ++answered;
      }
    });
  }
  for (int round = 0; round < 50 || answered < 100; ++round) {
    service tested({.tick_period = milliseconds{1}, .on_tick = [] {}});
    listener socket = listener::tcp({"127.0.0.1", 0});
    port = socket.port();
    tested.listen(std::move(socket), {.max_connections = 2, .make_room = round % 2 == 0},
                  [](connection&) { return std::make_unique<line_handler>(nullptr); });
    const int enough = answered + round % 5;
    while (answered < enough)
      std::this_thread::yield();
  }
  over = true;
  for (std::thread& each : clients)
    each.join();
}

}  // namespace
}  // namespace asioscope::net
