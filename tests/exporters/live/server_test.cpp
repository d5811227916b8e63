// SPDX-License-Identifier: BSL-1.0
// The server as programs use it, with the recorder of this process behind it.
#include "asioscope/live/server.hpp"

#include "client.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/schema/rendezvous.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace asioscope::live {
namespace {

using testing::client;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class server_test : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/asioscope-live-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ::setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("XDG_RUNTIME_DIR");
    fs::remove_all(folder_);
  }

  std::vector<schema::program_socket> listed() const {
    std::vector<schema::program_socket> result;
    for (const schema::program_socket& each : schema::list_sockets()) {
      if (each.path.native().starts_with(folder_.native())) result.push_back(each);
    }
    return result;
  }

  static schema::hello greet(client& viewer) {
    viewer.say_hello();
    const auto answer = viewer.next();
    if (answer && std::holds_alternative<schema::hello>(*answer)) {
      return std::get<schema::hello>(*answer);
    }
    ADD_FAILURE() << "no hello";
    return {};
  }

  fs::path folder_;
};

TEST_F(server_test, is_found_by_viewers_and_says_who_it_is) {
  recorder::set_thresholds({std::chrono::milliseconds{3}, std::chrono::milliseconds{30}});
  const server shown{{.program = "shop"}};
  const auto programs = listed();
  ASSERT_EQ(programs.size(), 1U);
  EXPECT_EQ(programs[0].program, "shop");
  EXPECT_EQ(programs[0].pid, ::getpid());
  EXPECT_EQ(shown.addresses(), std::vector<std::string>{programs[0].path.string()});

  client viewer{programs[0].path.string()};
  const schema::hello hello = greet(viewer);
  EXPECT_EQ(hello.program, "shop");
  EXPECT_EQ(hello.pid, static_cast<std::uint32_t>(::getpid()));
  EXPECT_THAT(hello.build, HasSubstr("asioscope "));
  EXPECT_THAT(hello.build, HasSubstr("Boost 1."));
  EXPECT_EQ(hello.clock, recorder::clock_description());
  EXPECT_EQ(hello.slow_threshold_ns, 3'000'000U);
  EXPECT_EQ(hello.stall_threshold_ns, 30'000'000U);
  EXPECT_NE(hello.host, "");
  recorder::set_thresholds({});
}

TEST_F(server_test, the_start_of_the_program_is_right_and_never_changes) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now_ns = std::chrono::nanoseconds{now}.count();
  std::int64_t first = 0;
  for (int round = 0; round < 3; ++round) {
    const server shown{{.program = "shop"}};
    client viewer{shown.addresses()[0]};
    const schema::hello hello = greet(viewer);
    if (round == 0) first = hello.started_realtime_ns;
    EXPECT_EQ(hello.started_realtime_ns, first);
  }
  EXPECT_LT(first, now_ns);
  EXPECT_GT(first, now_ns - 600 * 1'000'000'000LL);  // this test program does not run for longer
}

TEST_F(server_test, is_called_after_its_executable_by_default) {
  const server shown;
  EXPECT_THAT(shown.addresses()[0], HasSubstr("live_test."));
}

TEST_F(server_test, shows_what_the_recorder_knows) {
  const server shown{{.program = "shop"}};
  client viewer{shown.addresses()[0]};
  viewer.say_hello();
  const schema::frame snapshot =
      viewer.next_frame([](const schema::frame& frame) { return frame.snapshot_end; });
  EXPECT_GT(snapshot.time.monotonic_ns, 0);
  EXPECT_GT(snapshot.time.realtime_ns, snapshot.time.monotonic_ns);

  schema::report failure;
  failure.kind = schema::report_kind::failure;
  failure.message = "std::runtime_error: live test";
  recorder::publish(failure);
  const schema::frame next =
      viewer.next_frame([](const schema::frame& frame) { return !frame.reports.empty(); });
  EXPECT_EQ(next.reports.back().message, failure.message);
}

TEST_F(server_test, a_viewer_turns_the_trace_on_and_its_going_turns_it_off) {
  ASSERT_EQ(recorder::current_mode(), recorder::mode::metrics);
  {
    const server shown{{.program = "shop"}};
    client viewer{shown.addresses()[0]};
    viewer.say_hello();
    viewer.say(schema::request{true});
    viewer.next_frame([](const schema::frame& frame) { return frame.tracing; });
    EXPECT_EQ(recorder::current_mode(), recorder::mode::trace);
    viewer.say(schema::request{false});
    viewer.next_frame([](const schema::frame& frame) { return !frame.tracing; });
    EXPECT_EQ(recorder::current_mode(), recorder::mode::metrics);
    viewer.say(schema::request{true});
    viewer.next_frame([](const schema::frame& frame) { return frame.tracing; });
  }
  EXPECT_EQ(recorder::current_mode(), recorder::mode::metrics);
}

TEST_F(server_test, clears_away_what_the_dead_left) {
  const std::string ending = ".sock";
  { const server first{{.program = "first"}}; }
  EXPECT_TRUE(fs::is_empty(folder_ / "asioscope"));
  std::ofstream{folder_ / "asioscope" / "notes.txt"} << "not ours";
  const server second{{.program = "second"}};
  EXPECT_TRUE(fs::exists(folder_ / "asioscope" / "notes.txt"));
}

}  // namespace
}  // namespace asioscope::live
