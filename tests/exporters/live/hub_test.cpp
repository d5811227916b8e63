// SPDX-License-Identifier: BSL-1.0
// The server with a program of the test's making behind it.
#include "hub.hpp"

#include "client.hpp"
#include "made_up_program.hpp"
#include "protoc.hpp"

#include "asioscope/schema/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

namespace asioscope::live {
namespace {

using namespace std::chrono_literals;
using testing::client;
using ::testing::HasSubstr;
using testing::made_up_program;

namespace fs = std::filesystem;

bool is_end_of_snapshot(const schema::frame& frame) { return frame.snapshot_end; }
bool is_any(const schema::frame&) { return true; }

/// What cannot be waited for otherwise, because it happens inside the server.
template <typename Condition>
bool comes_true(Condition condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

schema::report report_that_says(std::string message) {
  schema::report result;
  result.message = std::move(message);
  return result;
}

class hub_test : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/asioscope-live-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    wanted_.socket = folder_ / "made-up.sock";
    wanted_.frame_interval = 2ms;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<hub> open(std::chrono::milliseconds greeting_time = 5s) {
    return std::make_unique<hub>(wanted_, program_.source(), greeting_time);
  }

  client connect() const { return client{wanted_.socket.string()}; }

  /// A viewer that has the snapshot.
  client attach() const {
    client result = connect();
    result.say_hello();
    result.next_frame(is_end_of_snapshot);
    return result;
  }

  fs::path folder_;
  options wanted_;
  made_up_program program_;
};

TEST_F(hub_test, begins_with_hello_and_the_snapshot_and_goes_on_with_what_changes) {
  program_.change([](schema::snapshot& state) {
    state.loops.push_back({1, "main", false});
    state.sites.push_back({2, schema::site_kind::handler, "on_read()", "async_read"});
  });
  const auto server = open();
  client viewer = connect();
  viewer.say_hello();

  const auto first = viewer.next();
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(std::holds_alternative<schema::hello>(*first));
  EXPECT_EQ(std::get<schema::hello>(*first).program, "made-up");
  EXPECT_EQ(std::get<schema::hello>(*first).pid, 4711U);

  const schema::frame snapshot = viewer.next_frame(is_any);
  EXPECT_TRUE(snapshot.snapshot);
  EXPECT_TRUE(snapshot.snapshot_end);
  ASSERT_EQ(snapshot.loops.size(), 1U);
  EXPECT_EQ(snapshot.loops[0].name, "main");
  EXPECT_EQ(snapshot.sites.size(), 1U);

  program_.change([](schema::snapshot& state) { state.loops[0].gone = true; });
  const schema::frame change =
      viewer.next_frame([](const schema::frame& frame) { return !frame.loops.empty(); });
  EXPECT_FALSE(change.snapshot);
  EXPECT_FALSE(change.snapshot_end);
  EXPECT_TRUE(change.loops[0].gone);
  EXPECT_TRUE(change.sites.empty());
}

TEST_F(hub_test, says_nothing_before_the_viewer_has_said_hello) {
  const auto server = open();
  client viewer = connect();
  client other = attach();
  other.next_frame(is_any);
  EXPECT_FALSE(viewer.read_to_end(20ms));
  EXPECT_EQ(viewer.received(), "");
}

TEST_F(hub_test, shows_everything_to_each_of_several_viewers_whenever_they_come) {
  const auto server = open();
  std::vector<client> viewers;
  for (std::uint32_t i = 0; i < 8; ++i) {
    program_.change([&](schema::snapshot& state) {
      state.loops.push_back({i, "loop", false});
      state.loop_stats.emplace_back().loop = i;
    });
    client viewer = connect();
    viewer.say_hello();
    EXPECT_EQ(viewer.next_frame(is_end_of_snapshot).loops.size(), i + 1U);
    viewers.push_back(std::move(viewer));
  }
  program_.change([](schema::snapshot& state) { state.loop_stats[3].turns = 77; });
  for (client& each : viewers) {
    const schema::frame frame = each.next_frame([](const schema::frame& f) {
      return !f.snapshot && f.loop_stats.size() == 1 && f.loop_stats[0].turns == 77;
    });
    EXPECT_EQ(frame.loop_stats[0].loop, 3U);
  }
}

TEST_F(hub_test, one_that_leaves_does_not_disturb_the_others) {
  const auto server = open();
  client staying = attach();
  {
    client leaving = attach();
    leaving.say(schema::goodbye{"closed"});
    EXPECT_TRUE(leaving.read_to_end(10s));
    client cut = connect();
    cut.send("\x0A");  // hangs up in the middle of a message
  }
  program_.change([](schema::snapshot& state) { state.loops.push_back({1, "main", false}); });
  staying.next_frame([](const schema::frame& frame) { return frame.loops.size() == 1; });
}

TEST_F(hub_test, a_large_snapshot_arrives_whole_and_in_pieces) {
  constexpr std::size_t tasks = 200'000;
  program_.change([](schema::snapshot& state) {
    for (std::uint64_t i = 1; i <= tasks; ++i) {
      schema::task_info task;
      task.id = i;
      task.runs = i;
      task.spawned_ns = static_cast<std::int64_t>(i) * 1'000'000;
      state.tasks.push_back(task);
    }
  });
  const auto server = open();
  client viewer = connect();
  viewer.say_hello();
  std::size_t frames = 0;
  std::uint64_t sum = 0;
  std::size_t seen = 0;
  viewer.next_frame([&](const schema::frame& frame) {
    EXPECT_TRUE(frame.snapshot);
    ++frames;
    seen += frame.tasks.size();
    for (const schema::task_info& each : frame.tasks)
      sum += each.id;
    return frame.snapshot_end;
  });
  EXPECT_GT(frames, 10U);
  EXPECT_EQ(seen, tasks);
  EXPECT_EQ(sum, tasks * (tasks + 1) / 2);
}

TEST_F(hub_test, reports_come_once_to_each_viewer) {
  program_.publish(report_that_says("first"));
  const auto server = open();
  client viewer = connect();
  viewer.say_hello();
  const schema::frame snapshot = viewer.next_frame(is_end_of_snapshot);
  ASSERT_EQ(snapshot.reports.size(), 1U);
  EXPECT_EQ(snapshot.reports[0].message, "first");
  program_.publish(report_that_says("second"));
  const schema::frame next =
      viewer.next_frame([](const schema::frame& frame) { return !frame.reports.empty(); });
  ASSERT_EQ(next.reports.size(), 1U);
  EXPECT_EQ(next.reports[0].message, "second");
}

TEST_F(hub_test, events_come_to_those_who_ask_and_only_as_long) {
  const auto server = open();
  client plain = attach();
  client tracing = connect();
  tracing.say_hello();
  tracing.say(schema::request{true});
  ASSERT_TRUE(comes_true([&] { return program_.traces() == 1; }));
  tracing.next_frame(is_end_of_snapshot);
  program_.record_events(5'000);

  std::vector<schema::event> events;
  tracing.next_frame([&](const schema::frame& frame) {
    EXPECT_TRUE(frame.tracing);
    EXPECT_TRUE(frame.gaps.empty());
    for (const schema::event_batch& each : frame.events) {
      EXPECT_EQ(each.thread, 1U);
      events.insert(events.end(), each.events.begin(), each.events.end());
    }
    return events.size() >= 5'000;
  });
  ASSERT_EQ(events.size(), 5'000U);
  for (std::uint64_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(events[i], testing::event_number(i)) << i;
  }

  client second = connect();
  second.say_hello();
  second.say(schema::request{true});
  ASSERT_TRUE(comes_true([&] { return program_.traces() == 2; }));
  tracing.say(schema::request{false});
  ASSERT_TRUE(comes_true([&] { return program_.traces() == 1; }));
  ::shutdown(second.fd(), SHUT_RDWR);
  EXPECT_TRUE(comes_true([&] { return program_.traces() == 0; }));

  program_.change([](schema::snapshot& state) { state.loops.push_back({1, "main", false}); });
  plain.next_frame([](const schema::frame& frame) {
    EXPECT_TRUE(frame.events.empty());
    return !frame.loops.empty();
  });
}

TEST_F(hub_test, a_viewer_that_does_not_read_costs_bounded_memory_and_gets_an_exact_gap) {
  made_up_program busy{10'000};
  wanted_.viewer_buffer = 1 << 16;
  const auto server = std::make_unique<hub>(wanted_, busy.source());
  client quick = connect();
  quick.say_hello();
  client slow = connect();
  slow.say_hello();
  slow.say(schema::request{true});
  ASSERT_TRUE(comes_true([&] { return busy.traces() == 1; }));

  // Many times what fits into its buffer, while `slow` takes nothing.
  std::uint32_t value = 0;
  for (int i = 0; i < 40; ++i) {
    busy.record_events(40'000);
    busy.change([&](schema::snapshot& state) {
      state.loop_stats.resize(1);
      state.loop_stats[0].turns = ++value;
    });
    // The other viewer is served all the time.
    quick.next_frame([&](const schema::frame& frame) {
      return !frame.loop_stats.empty() && frame.loop_stats[0].turns == value;
    });
  }
  // Buffer, the kernel's buffers and what was read for one frame: far from all.
  EXPECT_LT(busy.given_out(), 300'000U);
  ASSERT_EQ(busy.recorded(), 1'600'000U);

  // Now it reads: every event or its place in a gap, and the statistics as they are.
  std::uint64_t next = 0;
  std::uint64_t lost = 0;
  std::uint64_t turns = 0;
  std::size_t frames = 0;
  slow.next_frame([&](const schema::frame& frame) {
    ++frames;
    for (const schema::gap& each : frame.gaps) {
      lost += each.count;
      next += each.count;
    }
    for (const schema::event_batch& batch : frame.events) {
      for (const schema::event& each : batch.events) {
        EXPECT_EQ(each, testing::event_number(next));
        ++next;
      }
    }
    for (const schema::loop_statistics& each : frame.loop_stats)
      turns = each.turns;
    return next == 1'600'000 && turns == value;
  });
  EXPECT_EQ(next, 1'600'000U);
  EXPECT_GT(lost, 1'200'000U);
  EXPECT_EQ(turns, value);
}

TEST_F(hub_test, what_is_not_a_viewer_is_told_so) {
  const auto server = open();
  client browser = connect();
  browser.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(browser.read_goodbye(), HasSubstr("not an asioscope stream"));

  client tracy = connect();
  tracy.send(std::string{"\x0A\x02\x0A\x00", 4});  // a hello without magic
  EXPECT_THAT(tracy.read_goodbye(), HasSubstr("not asioscope's"));

  client impatient = connect();
  impatient.say(schema::request{true});
  EXPECT_THAT(impatient.read_goodbye(), HasSubstr("hello first"));

  client program = attach();
  program.say(schema::frame{});
  EXPECT_THAT(program.read_goodbye(), HasSubstr("no frames"));
  EXPECT_EQ(program_.traces(), 0);
}

TEST_F(hub_test, an_oversized_message_is_refused_when_it_is_announced) {
  const auto server = open();
  client peer = connect();
  peer.send("\x0A\xFF\xFF\xFF\x7F");
  EXPECT_THAT(peer.read_goodbye(), HasSubstr("the limit is 65536"));
  client later = attach();
  later.send("\x0A\xFF\xFF\xFF\x7F");
  EXPECT_THAT(later.read_goodbye(), HasSubstr("the limit is 65536"));
}

TEST_F(hub_test, many_bytes_without_a_hello_are_too_many) {
  const auto server = open();
  client peer = connect();
  // Well-formed messages of a kind that nobody knows.
  const std::string unknown{"\x0A\x04\x7A\x02xx", 6};
  std::string flood;
  while (flood.size() <= 2 * greeting_bytes)
    flood += unknown;
  peer.send(flood);
  EXPECT_THAT(peer.read_goodbye(), HasSubstr("no hello within 65536 bytes"));
}

TEST_F(hub_test, a_silent_peer_is_dropped) {
  const auto server = open(20ms);
  client viewer = attach();
  client silent = connect();
  EXPECT_THAT(silent.read_goodbye(), HasSubstr("no hello in time"));
  viewer.next_frame(is_any);  // which greeted and has been silent since
}

TEST_F(hub_test, another_version_learns_who_is_older) {
  const auto server = open();
  client peer = connect();
  schema::hello newer;
  newer.version = schema::hello::current_version + 1;
  peer.say(newer);
  EXPECT_THAT(peer.read_goodbye(), HasSubstr("the program is the older one"));
}

TEST_F(hub_test, there_are_only_so_many_places) {
  wanted_.max_viewers = 2;
  const auto server = open();
  client first = attach();
  {
    client second = attach();
    client third = connect();
    third.say_hello();
    EXPECT_THAT(third.read_goodbye(), HasSubstr("2 viewers are connected already"));
  }
  ASSERT_TRUE(comes_true([&] {  // the second one's place becomes free
    client next = connect();
    next.say_hello();
    const auto answer = next.next();
    return answer && std::holds_alternative<schema::hello>(*answer);
  }));
}

TEST_F(hub_test, nothing_is_looked_at_while_nobody_looks) {
  const auto server = open();
  { client viewer = attach(); }
  std::uint64_t before = 0;
  ASSERT_TRUE(comes_true([&] {
    before = program_.snapshots();
    std::this_thread::sleep_for(50ms);
    return program_.snapshots() == before;
  }));
  client viewer = attach();
  EXPECT_GT(program_.snapshots(), before);
}

TEST_F(hub_test, a_viewer_hears_of_a_program_in_which_nothing_happens) {
  const auto server = open();
  client viewer = attach();
  const auto begin = std::chrono::steady_clock::now();
  const schema::frame sign_of_life = viewer.next_frame(is_any);
  EXPECT_FALSE(sign_of_life.snapshot);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 500ms);
}

TEST_F(hub_test, a_program_that_is_slow_to_look_at_is_looked_at_less_often) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t looks = 0;
  {
    class slow_source final : public data_source {
     public:
      slow_source(std::unique_ptr<data_source> inner, std::uint64_t& looks)
          : inner_(std::move(inner)), looks_(looks) {}
      schema::hello hello() override { return inner_->hello(); }
      schema::snapshot take_snapshot() override {
        std::this_thread::sleep_for(10ms);
        ++looks_;
        return inner_->take_snapshot();
      }
      recorder::report_page reports_since(std::uint64_t s) override {
        return inner_->reports_since(s);
      }
      bool tracing() override { return inner_->tracing(); }
      std::unique_ptr<event_source> trace() override { return inner_->trace(); }

     private:
      std::unique_ptr<data_source> inner_;
      std::uint64_t& looks_;
    };
    hub server{wanted_, std::make_unique<slow_source>(program_.source(), looks)};
    client viewer = attach();
    for (std::uint64_t i = 1; i <= 5; ++i) {
      program_.change([&](schema::snapshot& state) {
        state.loop_stats.resize(1);
        state.loop_stats[0].turns = i;
      });
      viewer.next_frame([&](const schema::frame& frame) { return !frame.loop_stats.empty(); });
    }
  }
  // A tenth of the time at most.
  EXPECT_LE(looks, (std::chrono::steady_clock::now() - begin) / 100ms + 1);
  EXPECT_GE(looks, 6U);
}

TEST_F(hub_test, a_server_that_ends_says_so_and_leaves_nothing) {
  auto server = open();
  client viewer = attach();
  client waiting = connect();
  ASSERT_TRUE(fs::exists(wanted_.socket));
  server.reset();
  EXPECT_THAT(viewer.read_goodbye(), HasSubstr("stops"));
  EXPECT_TRUE(waiting.read_to_end(10s));
  EXPECT_FALSE(fs::exists(wanted_.socket));
  EXPECT_EQ(program_.traces(), 0);

  server = open();
  client again = attach();
}

TEST_F(hub_test, the_socket_is_for_this_user_only) {
  const auto server = open();
  struct stat status {};
  ASSERT_EQ(::stat(wanted_.socket.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(hub_test, a_socket_that_cannot_be_made_is_an_error) {
  wanted_.socket = folder_ / "missing" / "x.sock";
  EXPECT_THROW(open(), std::system_error);
}

TEST_F(hub_test, listens_on_the_loopback_on_request_and_nowhere_else) {
  wanted_.tcp = "127.0.0.1:0";
  const auto server = open();
  ASSERT_EQ(server->addresses().size(), 2U);
  EXPECT_EQ(server->addresses()[0], wanted_.socket.string());
  client viewer{server->addresses()[1]};
  viewer.say_hello();
  viewer.next_frame(is_end_of_snapshot);

  for (const char* refused : {"0.0.0.0:0", "192.168.1.1:0", "[::]:0", "example.org:80", "x"}) {
    options elsewhere;
    elsewhere.local = false;
    elsewhere.tcp = refused;
    EXPECT_THROW((hub{elsewhere, program_.source()}), std::invalid_argument) << refused;
  }
}

TEST_F(hub_test, a_program_started_by_the_program_does_not_hold_its_addresses) {
  wanted_.tcp = "127.0.0.1:0";
  auto server = open();
  const std::string address = server->addresses()[1];
  auto viewer = std::make_unique<client>(address);
  viewer->say_hello();
  viewer->next_frame(is_end_of_snapshot);

  // Unlike fork(), this runs no handler that closes anything: only close-on-exec keeps sockets in.
  pid_t child = 0;
  char name[] = "sleep";
  char time[] = "60";
  char* arguments[] = {name, time, nullptr};
  ASSERT_EQ(::posix_spawn(&child, "/bin/sleep", nullptr, nullptr, arguments, environ), 0);
  for (const auto& each : fs::directory_iterator{"/proc/" + std::to_string(child) + "/fd"}) {
    std::error_code gone;
    EXPECT_FALSE(fs::read_symlink(each.path(), gone).string().starts_with("socket:"));
  }
  server.reset();
  EXPECT_THAT(viewer->read_goodbye(), HasSubstr("stops"));
  viewer.reset();
  wanted_.tcp = address;
  server = open();
  EXPECT_EQ(server->addresses()[1], address);  // and not the next port
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(hub_test, protoc_reads_what_a_server_sends) {
  program_.change([](schema::snapshot& state) {
    state.loops.push_back({1, "main", false});
    state.sites.push_back({2, schema::site_kind::task, "GET /items", ""});
    schema::task_info task;
    task.id = 1234567;
    state.tasks.push_back(task);
  });
  program_.publish(report_that_says("in burn_cpu()"));
  const auto server = open();
  client viewer = connect();
  viewer.say_hello();
  viewer.say(schema::request{true});
  viewer.next_frame(is_end_of_snapshot);
  program_.record_events(10);
  viewer.next_frame([](const schema::frame& frame) { return !frame.events.empty(); });
  viewer.say(schema::frame{});
  EXPECT_THAT(viewer.read_goodbye(), HasSubstr("no frames"));

  const std::string text = schema::testing::protoc_decode(viewer.received());
  EXPECT_THAT(text, HasSubstr("magic: \"asioscope\""));
  EXPECT_THAT(text, HasSubstr("program: \"made-up\""));
  EXPECT_THAT(text, HasSubstr("name: \"GET /items\""));
  EXPECT_THAT(text, HasSubstr("id: 1234567"));
  EXPECT_THAT(text, HasSubstr("message: \"in burn_cpu()\""));
  EXPECT_THAT(text, HasSubstr("snapshot_end: true"));
  EXPECT_THAT(text, HasSubstr("duration_ns: 509"));
  EXPECT_THAT(text, HasSubstr("reason: \"a viewer sends no frames\""));
}

}  // namespace
}  // namespace asioscope::live
