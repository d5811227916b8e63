// SPDX-License-Identifier: BSL-1.0
#include "connection/connection.hpp"

#include "connection/descriptor.hpp"
#include "events.hpp"
#include "messages.hpp"

#include "asioscope/schema/codec.hpp"
#include "asioscope/schema/rendezvous.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <optional>
#include <string>

namespace asioscope::viewer {
namespace {

using namespace std::chrono_literals;
using phase = connection_status::phase;
using test::second;
using testing::HasSubstr;

// Far more than anything here takes; what is waited for ends the wait.
constexpr auto patience = 20s;

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

// The other end: listens at a socket and says what a test wants.
class fake_program {
 public:
  explicit fake_program(const std::string& path)
      : path_(path), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
  }
  ~fake_program() { std::filesystem::remove(path_); }

  void accept() {
    pollfd wait{listener_.get(), POLLIN, 0};
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    ASSERT_EQ(::poll(&wait, 1, static_cast<int>(limit)), 1) << "nobody connects";
    peer_ = descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  void say(const std::string& bytes) {
    ASSERT_EQ(::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void say(const schema::message& message) {
    std::string bytes;
    schema::encode(message, bytes);
    say(bytes);
  }
  void hang_up() { peer_ = descriptor(); }

  std::vector<schema::message> hear(std::size_t count) {
    std::vector<schema::message> heard;
    schema::decoder decoder;
    char buffer[4096];
    while (heard.size() < count) {
      const ssize_t size = ::recv(peer_.get(), buffer, sizeof buffer, 0);
      if (size <= 0) break;
      decoder.feed({buffer, static_cast<std::size_t>(size)});
      while (auto message = decoder.next())
        heard.push_back(*message);
    }
    return heard;
  }

 private:
  std::string path_;
  descriptor listener_;
  descriptor peer_;
};

class connections : public testing::Test {
 protected:
  connections() {
    std::string name = (std::filesystem::temp_directory_path() / "asioscope-test-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    ::setenv("XDG_RUNTIME_DIR", folder.c_str(), 1);
    path = (folder / "it.sock").string();
  }
  ~connections() override { std::filesystem::remove_all(folder); }

  static schema::frame snapshot(std::uint64_t runs, std::int64_t time) {
    schema::frame frame = test::snapshot_at(time);
    frame.loops = {test::named_loop(1, "main")};
    frame.site_stats = {test::site_after(1, 3, runs, 1'000)};
    return frame;
  }
  static std::uint64_t handlers(const connection& link) {
    return link.read([](const model::model& model) {
      return model.current() == nullptr ? 0 : model.current()->sum().handlers;
    });
  }
  static bool is(const connection& link, phase wanted) { return link.status().now == wanted; }

  std::filesystem::path folder;
  std::string path;
};

TEST_F(connections, greet_and_ask_for_no_trace) {
  fake_program program(path);
  const connection link(parse_target(path), [] {});
  program.accept();
  const std::vector<schema::message> heard = program.hear(2);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(std::get<schema::hello>(heard[0]).program, "asioscope-viewer");
  EXPECT_EQ(std::get<schema::hello>(heard[0]).version, schema::hello::current_version);
  EXPECT_FALSE(std::get<schema::request>(heard[1]).trace);
}

TEST_F(connections, ask_for_the_trace_when_it_is_wanted_and_again_of_the_next_one) {
  fake_program program(path);
  connection link(parse_target(path), [] {});
  program.accept();
  program.say(test::greeting());
  EXPECT_EQ(program.hear(2).size(), 2U);
  link.want_trace(true);
  const auto asked = [&] {
    const std::vector<schema::message> heard = program.hear(1);
    return heard.size() == 1 ? std::optional(std::get<schema::request>(heard[0]).trace)
                             : std::nullopt;
  };
  EXPECT_EQ(asked(), true);
  link.want_trace(true);  // nothing new: the next word is that it is no longer wanted
  link.want_trace(false);
  EXPECT_EQ(asked(), false);
  link.want_trace(true);
  EXPECT_EQ(asked(), true);
  program.hang_up();
  program.accept();
  const std::vector<schema::message> heard = program.hear(2);
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_TRUE(std::get<schema::request>(heard[1]).trace);
}

TEST_F(connections, know_that_nothing_was_told_before_they_asked_again) {
  fake_program program(path);
  connection link(parse_target(path), [] {});
  program.accept();
  program.say(test::greeting());
  program.say(snapshot(10, second));
  program.hear(2);
  link.want_trace(true);
  program.hear(1);
  // Somebody else asks for the trace too: it goes on all the time.
  const auto tell = [&](std::int64_t at) {
    schema::frame frame = test::frame_at(at + second);
    frame.tracing = true;
    frame.events = {{.thread = 1, .events = {test::run_event(at, 1'000)}}};
    program.say(frame);
    EXPECT_TRUE(comes_true([&] {
      return link.read([&](const model::model& model) {
        return model.current() != nullptr && model.current()->trace().end_ns() == at + 1'000;
      });
    }));
  };
  tell(2 * second);
  tell(3 * second);
  link.want_trace(false);
  program.hear(1);
  link.want_trace(true);
  program.hear(1);
  tell(9 * second);
  link.read([](const model::model& model) {
    EXPECT_TRUE(model.current()->trace().is_whole(2 * second, 3 * second));
    EXPECT_FALSE(model.current()->trace().is_whole(3 * second, 9 * second));
    return 0;
  });
}

TEST_F(connections, show_a_recording_as_it_was_at_the_moment_that_is_asked_for) {
  std::string bytes;
  schema::encode(test::greeting(), bytes);
  schema::encode(snapshot(10, second), bytes);
  for (std::int64_t at = 2; at <= 9; ++at) {
    schema::frame frame = test::frame_at(at * second);
    frame.site_stats = {test::site_after(1, 3, static_cast<std::uint64_t>(at) * 10, 1'000)};
    schema::encode(frame, bytes);
  }
  const std::string file = (folder / "it.asioscope").string();
  std::ofstream(file, std::ios::binary) << bytes;
  connection link(parse_target(file), [] {});
  EXPECT_TRUE(comes_true([&] { return is(link, phase::replaying); }));
  EXPECT_EQ(handlers(link), 90U);
  EXPECT_EQ(link.status().recorded.begin_ns, second);
  EXPECT_EQ(link.status().recorded.end_ns, 9 * second);
  const std::uint64_t revision = link.revision();
  link.show_until(4 * second);
  EXPECT_TRUE(comes_true([&] { return handlers(link) == 40; }));
  EXPECT_TRUE(comes_true([&] { return link.revision() > revision; }));
  EXPECT_EQ(link.status().recorded.end_ns, 9 * second) << "it is still as long";
  link.show_until(std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(comes_true([&] { return handlers(link) == 90; }));
  // And on to something else.
  fake_program program(path);
  link.watch(parse_target(path));
  program.accept();
  program.say(test::greeting());
  program.say(snapshot(5, second));
  EXPECT_TRUE(comes_true([&] { return is(link, phase::live) && handlers(link) == 5; }));
}

TEST_F(connections, go_on_after_a_recording_that_is_gone_when_it_is_asked_again) {
  const std::string file = (folder / "it.asioscope").string();
  {
    std::string bytes;
    schema::encode(test::greeting(), bytes);
    schema::encode(snapshot(10, second), bytes);
    std::ofstream(file, std::ios::binary) << bytes;
  }
  connection link(parse_target(file), [] {});
  EXPECT_TRUE(comes_true([&] { return is(link, phase::replaying); }));
  std::filesystem::remove(file);
  link.show_until(second);
  EXPECT_TRUE(comes_true([&] { return is(link, phase::refused); }));
  EXPECT_THAT(link.status().reason, HasSubstr("cannot open"));
  fake_program program(path);
  link.watch(parse_target(path));
  program.accept();
  program.say(test::greeting());
  program.say(snapshot(5, second));
  EXPECT_TRUE(comes_true([&] { return is(link, phase::live) && handlers(link) == 5; }));
}

TEST_F(connections, copy_what_the_first_program_says) {
  fake_program program(path);
  std::mutex mutex;
  std::string copied;
  const connection link(
      parse_target(path), [] {}, 1'000,
      [&](std::string_view bytes) {
        const std::lock_guard lock(mutex);
        copied += bytes;
      });
  const auto copy = [&] {
    const std::lock_guard lock(mutex);
    return copied;
  };
  program.accept();
  std::string said;
  schema::encode(test::greeting(), said);
  schema::encode(snapshot(10, second), said);
  program.say(said);
  EXPECT_TRUE(comes_true([&] { return copy() == said; }));
  program.hang_up();
  program.accept();
  program.say(said);
  EXPECT_TRUE(comes_true([&] { return is(link, phase::live) && handlers(link) == 10; }));
  EXPECT_EQ(copy(), said) << "a second greeting would make the file unreadable";
}

TEST_F(connections, save_what_was_said_as_a_recording) {
  fake_program program(path);
  connection link(parse_target(path), [] {});
  program.accept();
  program.say(test::greeting(1));
  EXPECT_NE(link.save((folder / "early.asioscope").string(), 0, 100 * second), "");
  EXPECT_FALSE(std::filesystem::exists(folder / "early.asioscope"));
  program.say(snapshot(10, second));
  for (std::uint64_t step = 1; step <= 20; ++step) {
    schema::frame frame = test::frame_at(second + static_cast<std::int64_t>(step) * second / 10);
    frame.site_stats = {test::site_after(1, 3, 10 + step, 1'000)};
    program.say(frame);
  }
  ASSERT_TRUE(comes_true([&] {
    const auto kept = link.status().kept;
    return kept && kept->end_ns == 3 * second;
  }));
  EXPECT_EQ(link.status().kept->begin_ns, second);

  const std::string file = (folder / "saved.asioscope").string();
  EXPECT_EQ(link.save(file, 0, 2 * second), "");
  const replayed found =
      replay(file, std::numeric_limits<std::int64_t>::max(), 0, [](double) { return false; });
  EXPECT_EQ(found.error, "");
  EXPECT_EQ(found.extent.flaw, "");
  EXPECT_EQ(found.extent.end_ns, 2 * second);
  EXPECT_EQ(found.state.current()->sum().handlers, 20U);
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U) << "a trace may hold anything";

  EXPECT_THAT(link.save(file, 0, 2 * second), HasSubstr("File exists"));
  EXPECT_GT(std::filesystem::file_size(file), 0U) << "what is there is not touched";
  EXPECT_THAT(link.save((folder / "no" / "where").string(), 0, 2 * second),
              HasSubstr("cannot write"));
  rlimit usual{};
  ::getrlimit(RLIMIT_FSIZE, &usual);
  const rlimit small{50, usual.rlim_max};
  ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THAT(link.save((folder / "full.asioscope").string(), 0, 2 * second),
              HasSubstr("File too large"));
  ::setrlimit(RLIMIT_FSIZE, &usual);
  EXPECT_FALSE(std::filesystem::exists(folder / "full.asioscope")) << "no half of a recording";
  EXPECT_THAT(link.save((folder / "old.asioscope").string(), 0, second / 2),
              HasSubstr("older than what is kept"));
}

TEST_F(connections, fold_what_the_program_says_and_call_back) {
  fake_program program(path);
  std::atomic<int> calls{0};
  const connection link(parse_target(path), [&] { ++calls; });
  program.accept();
  program.say(test::greeting());
  program.say(snapshot(10, second));
  EXPECT_TRUE(comes_true([&] { return handlers(link) == 10 && calls > 0; }));
  EXPECT_TRUE(is(link, phase::live));
  EXPECT_EQ(link.status().address, path);
  // A frame of an idle loop is no reason to draw, one of a loop that worked is.
  const std::uint64_t revision = link.revision();
  const auto folded = [&](std::uint64_t frames) {
    return comes_true([&] {
      return link.read(
          [&](const model::model& model) { return model.current()->frames() == frames; });
    });
  };
  schema::frame idle = test::frame_at(2 * second);
  idle.loop_stats.emplace_back().loop = 1;
  idle.loop_stats[0].idle_ns = 1'000;
  program.say(idle);
  EXPECT_TRUE(folded(2));
  EXPECT_EQ(link.revision(), revision);
  idle.loop_stats[0].busy_ns = 1;
  program.say(idle);
  EXPECT_TRUE(folded(3));
  EXPECT_GT(link.revision(), revision);
}

TEST_F(connections, come_back_to_the_same_process_and_go_on) {
  fake_program program(path);
  const connection link(parse_target(path), [] {});
  program.accept();
  program.say(test::greeting());
  program.say(snapshot(10, second));
  ASSERT_TRUE(comes_true([&] { return handlers(link) == 10; }));
  program.hang_up();
  EXPECT_TRUE(comes_true([&] { return is(link, phase::lost); }));
  EXPECT_EQ(handlers(link), 10U);  // still to be seen
  program.accept();
  program.say(test::greeting());
  program.say(snapshot(25, 2 * second));
  EXPECT_TRUE(comes_true([&] { return handlers(link) == 25 && is(link, phase::live); }));
  EXPECT_EQ(link.read([](const model::model& model) { return model.beginnings(); }), 1U);
}

TEST_F(connections, never_mix_a_restarted_program_with_the_old_one) {
  fake_program program(path);
  const connection link(parse_target(path), [] {});
  program.accept();
  program.say(test::greeting(100, 1'000));
  program.say(snapshot(10, second));
  ASSERT_TRUE(comes_true([&] { return handlers(link) == 10; }));
  program.say(schema::goodbye{.reason = "it restarts"});
  program.hang_up();
  EXPECT_TRUE(comes_true([&] { return link.status().reason == "it restarts"; }));
  program.accept();
  program.say(test::greeting(101, 1'005));
  program.say(snapshot(3, second));
  EXPECT_TRUE(comes_true([&] { return handlers(link) == 3; }));
  EXPECT_EQ(link.read([](const model::model& model) { return model.beginnings(); }), 2U);
}

TEST_F(connections, refuse_another_version_in_words) {
  fake_program program(path);
  const connection link(parse_target(path), [] {});
  program.accept();
  schema::hello newer = test::greeting();
  newer.version = 9;
  program.say(newer);
  EXPECT_TRUE(comes_true([&] { return is(link, phase::refused); }));
  EXPECT_THAT(link.status().reason, HasSubstr("version 9"));
}

TEST_F(connections, say_why_there_was_no_place_for_them) {
  fake_program program(path);
  const connection link(parse_target(path), [] {});
  program.accept();
  program.say(schema::goodbye{.reason = "8 viewers are connected already"});
  program.hang_up();
  EXPECT_TRUE(comes_true([&] { return is(link, phase::refused); }));
  EXPECT_EQ(link.status().reason, "8 viewers are connected already");
}

TEST_F(connections, refuse_whoever_does_not_speak_the_language) {
  fake_program program(path);
  const connection link(parse_target(path), [] {});
  program.accept();
  program.say(std::string("HTTP/1.1 400 Bad Request\r\n\r\n"));
  EXPECT_TRUE(comes_true([&] { return is(link, phase::refused); }));
  EXPECT_NE(link.status().reason, "");
}

TEST_F(connections, wait_for_a_program_that_is_not_there_yet) {
  const connection link(parse_target(path), [] {});
  EXPECT_TRUE(comes_true([&] { return !link.status().reason.empty(); }));
  EXPECT_TRUE(is(link, phase::connecting));
  fake_program program(path);
  program.accept();
  program.say(test::greeting());
  program.say(snapshot(1, second));
  EXPECT_TRUE(comes_true([&] { return handlers(link) == 1; }));
}

TEST_F(connections, find_the_program_by_themselves) {
  // Others may run on this machine: a demo that somebody looks at.
  const std::string name = "test-" + std::to_string(::getpid());
  const connection link(parse_target(name), [] {});
  EXPECT_TRUE(comes_true([&] { return !link.status().reason.empty(); }));
  EXPECT_TRUE(is(link, phase::searching));
  schema::make_private_directory(schema::runtime_directory());
  fake_program program(schema::socket_path(name, ::getpid()).string());
  program.accept();
  program.say(test::greeting());
  EXPECT_TRUE(comes_true([&] { return is(link, phase::live); }));
  const std::vector<local_program> found = link.programs();
  EXPECT_EQ(std::ranges::count(found, name, &local_program::name), 1);
}

TEST_F(connections, turn_to_another_program_when_told) {
  fake_program first(path);
  fake_program other((folder / "other.sock").string());
  connection link(parse_target(path), [] {});
  first.accept();
  first.say(test::greeting(1));
  ASSERT_TRUE(comes_true([&] { return is(link, phase::live); }));
  link.watch(parse_target((folder / "other.sock").string()));
  other.accept();
  other.say(test::greeting(2));
  EXPECT_TRUE(comes_true([&] {
    return link.read(
        [](const model::model& model) { return model.current()->identity().pid == 2; });
  }));
}

TEST_F(connections, end_at_once_whatever_they_wait_for) {
  fake_program silent(path);
  const auto begin = std::chrono::steady_clock::now();
  {
    const connection listening(parse_target(path), [] {});
    silent.accept();
    const connection searching(parse_target("nobody"), [] {});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

}  // namespace
}  // namespace asioscope::viewer
