// SPDX-License-Identifier: BSL-1.0
#include "asioscope/session/session.hpp"

#include "asioscope/recorder/loop.hpp"
#include "asioscope/recorder/note.hpp"
#include "asioscope/recorder/site.hpp"
#include "asioscope/recorder/task.hpp"
#include "asioscope/schema/announcement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace asioscope;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::ptrdiff_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}
std::ptrdiff_t threads() { return entries("/proc/self/task"); }

std::ptrdiff_t sockets() {
  std::ptrdiff_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    count += std::filesystem::read_symlink(entry, gone).string().starts_with("socket:") ? 1 : 0;
  }
  return count;
}

class session_test : public testing::Test {
 protected:
  session_test() {
    for (const auto* name :
         {"ASIOSCOPE", "ASIOSCOPE_NAME", "ASIOSCOPE_MODE", "ASIOSCOPE_LIVE", "ASIOSCOPE_METRICS",
          "ASIOSCOPE_SLOW_HANDLER", "ASIOSCOPE_STALL", "ASIOSCOPE_DUMP_SIGNAL",
          "ASIOSCOPE_CRASH_LINE", "ASIOSCOPE_METRICS_TOKEN", "ASIOSCOPE_METRICS_TOKEN_FILE",
          "ASIOSCOPE_LIVENESS_LIMIT"}) {
      unsetenv(name);
    }
    setenv("XDG_RUNTIME_DIR", runtime_.c_str(), 1);
    std::filesystem::create_directories(runtime_);
    static_cast<void>(recorder::take_notes());
  }
  ~session_test() override { std::filesystem::remove_all(runtime_); }

  /// Any free port, so that tests may run beside each other.
  static session::options options() {
    session::options wanted;
    wanted.metrics_address = "127.0.0.1:0";
    return wanted;
  }

 private:
  std::filesystem::path runtime_ = std::filesystem::temp_directory_path() /
                                   ("asioscope-session-test." + std::to_string(getpid()));
};

/// Those that this test made: other programs of this user may be running.
std::vector<schema::announcement> own_announcements() {
  std::vector<schema::announcement> result = schema::list_announcements();
  std::erase_if(result, [](const schema::announcement& each) {
    return !std::filesystem::exists(schema::announcement_path(each.program, each.pid));
  });
  return result;
}

template <class Condition>
bool eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + 5s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

TEST_F(session_test, starts_everything_says_where_and_leaves_nothing_behind) {
  const auto threads_before = threads();
  const auto sockets_before = sockets();
  testing::internal::CaptureStderr();
  std::string url;
  std::vector<std::string> addresses;
  {
    const session running(options());
    url = running.metrics_url();
    addresses = running.live_addresses();
    EXPECT_THAT(url, StartsWith("http://127.0.0.1:"));
    ASSERT_EQ(addresses.size(), 1U);
    EXPECT_TRUE(std::filesystem::is_socket(addresses[0]));
    EXPECT_GT(threads(), threads_before);
    EXPECT_GT(sockets(), sockets_before);
    EXPECT_EQ(recorder::current_mode(), recorder::mode::metrics);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "asioscope: metrics at " + url + ", viewers at " + addresses[0] + "\n");
  EXPECT_FALSE(std::filesystem::exists(addresses[0]));
  EXPECT_EQ(sockets(), sockets_before);
  EXPECT_TRUE(eventually([&] { return threads() == threads_before; }));
}

TEST_F(session_test, announces_its_metrics_as_long_as_it_serves_them) {
  auto wanted = options();
  wanted.name = "the shop";
  wanted.quiet = true;
  session running(wanted);
  const std::vector<schema::announcement> told = own_announcements();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0], (schema::announcement{"the shop", getpid(), running.metrics_url()}));
  const auto file = schema::announcement_path("the shop", getpid());
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  const pid_t child = fork();
  if (child == 0) {
    running.stop();
    _exit(std::filesystem::exists(file) ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "the child took the parent's file away";
  running.stop();
  EXPECT_THAT(own_announcements(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(session_test, a_killed_program_is_announced_no_more_although_its_child_lives) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t program = fork();
  if (program == 0) {
    auto wanted = options();
    wanted.name = "mortal";
    wanted.quiet = true;
    const session running(wanted);
    const pid_t child = fork();
    if (child != 0) {
      static_cast<void>(!write(ends[1], &child, sizeof child));
    }
    pause();
    _exit(0);
  }
  pid_t child = 0;
  ASSERT_EQ(read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  EXPECT_EQ(own_announcements().size(), 1U);
  const auto file = schema::announcement_path("mortal", program);
  kill(program, SIGKILL);
  waitpid(program, nullptr, 0);
  EXPECT_TRUE(eventually([] { return own_announcements().empty(); }));
  EXPECT_TRUE(std::filesystem::exists(file));
  {
    // The next program tidies up.
    auto wanted = options();
    wanted.quiet = true;
    const session next(wanted);
    EXPECT_FALSE(std::filesystem::exists(file));
  }
  kill(child, SIGKILL);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(session_test, metrics_that_everybody_can_reach_are_warned_of_unless_there_is_a_token) {
  auto wanted = options();
  wanted.metrics_address = "0.0.0.0:0";
  wanted.quiet = true;
  wanted.live = false;
  testing::internal::CaptureStderr();
  { const session running(wanted); }
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "asioscope: whoever reaches 0.0.0.0:0 can read the metrics: set "
            "ASIOSCOPE_METRICS_TOKEN_FILE, or see to it that only Prometheus does\n");
  setenv("ASIOSCOPE_METRICS_TOKEN", "s3cret", 1);
  testing::internal::CaptureStderr();
  { const session running(wanted); }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(session_test, without_the_token_that_was_asked_for_nothing_is_served) {
  setenv("ASIOSCOPE_METRICS_TOKEN_FILE", "/nowhere/token", 1);
  testing::internal::CaptureStderr();
  auto wanted = options();
  wanted.live = false;
  const session running(wanted);
  EXPECT_THAT(running.metrics_url(), IsEmpty());
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "asioscope: no metrics endpoint: cannot read the token for metrics from "
            "/nowhere/token\n");
}

TEST_F(session_test, off_starts_no_thread_and_opens_no_socket) {
  setenv("ASIOSCOPE", "off", 1);
  const auto threads_before = threads();
  const auto sockets_before = sockets();
  testing::internal::CaptureStderr();
  const session running(options());
  EXPECT_EQ(threads(), threads_before);
  EXPECT_EQ(sockets(), sockets_before);
  EXPECT_EQ(recorder::current_mode(), recorder::mode::off);
  EXPECT_THAT(running.metrics_url(), IsEmpty());
  EXPECT_THAT(running.live_addresses(), IsEmpty());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
}

TEST_F(session_test, takes_thresholds_and_mode_from_the_environment) {
  setenv("ASIOSCOPE_STALL", "40ms", 1);
  setenv("ASIOSCOPE_SLOW_HANDLER", "off", 1);
  setenv("ASIOSCOPE_MODE", "trace", 1);
  setenv("ASIOSCOPE_METRICS", "off", 1);
  setenv("ASIOSCOPE_LIVE", "off", 1);
  testing::internal::CaptureStderr();
  const session running(options());
  EXPECT_EQ(recorder::current_thresholds().stall, 40ms);
  EXPECT_EQ(recorder::current_thresholds().slow, session::never);
  EXPECT_EQ(recorder::current_mode(), recorder::mode::trace);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
}

TEST_F(session_test, a_bad_value_is_one_line_and_the_default_holds) {
  setenv("ASIOSCOPE_STALL", "soon", 1);
  auto wanted = options();
  wanted.quiet = true;
  testing::internal::CaptureStderr();
  const session running(wanted);
  EXPECT_EQ(recorder::current_thresholds().stall, 25ms);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "asioscope: ASIOSCOPE_STALL=soon is not a duration such as 5ms, 250us or 1s, nor off; "
            "using 25ms\n");
}

TEST_F(session_test, a_part_that_cannot_start_is_one_line_and_the_others_go_on) {
  auto wanted = options();
  wanted.metrics_address =
      "192.0.2.1:9464";  // reserved for documentation: never an address of ours
  wanted.quiet = true;
  testing::internal::CaptureStderr();
  const session running(wanted);
  EXPECT_THAT(running.metrics_url(), IsEmpty());
  EXPECT_EQ(running.live_addresses().size(), 1U);
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, StartsWith("asioscope: no metrics endpoint: "));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
}

TEST_F(session_test, a_second_one_is_an_error_until_the_first_is_gone) {
  auto wanted = options();
  wanted.quiet = true;
  {
    const session first(wanted);
    EXPECT_THROW(session second(wanted), std::logic_error);
    EXPECT_THAT(first.metrics_url(), StartsWith("http://"));
  }
  const session next(wanted);
  EXPECT_THAT(next.metrics_url(), StartsWith("http://"));
}

TEST_F(session_test, stops_as_often_as_one_likes) {
  auto wanted = options();
  wanted.quiet = true;
  session running(wanted);
  running.stop();
  running.stop();
  EXPECT_THAT(running.metrics_url(), IsEmpty());
  EXPECT_THAT(running.live_addresses(), IsEmpty());
}

TEST_F(session_test, reports_to_the_owner_on_a_thread_that_runs_no_signal_handlers) {
  struct reported {
    schema::report value;
    bool signals_blocked = false;
    std::thread::id thread;
  };
  std::mutex mutex;
  std::vector<reported> received;
  auto wanted = options();
  wanted.quiet = true;
  wanted.on_report = [&](const schema::report& value) {
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    const std::lock_guard lock(mutex);
    received.push_back({value, sigismember(&blocked, SIGTERM) == 1, std::this_thread::get_id()});
  };
  const session running(wanted);
  recorder::note failure;
  failure.kind = schema::report_kind::failure;
  failure.message = "std::runtime_error: out of stock";
  recorder::leave_note(std::move(failure));
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return !received.empty();
  }));
  EXPECT_EQ(received[0].value.message, "std::runtime_error: out of stock");
  EXPECT_TRUE(received[0].signals_blocked);
  EXPECT_NE(received[0].thread, std::this_thread::get_id());
}

TEST_F(session_test, texts_leave_only_as_the_owner_has_them) {
  auto wanted = options();
  wanted.quiet = true;
  wanted.on_report = [](const schema::report&) {};
  wanted.redact = [loop = std::this_thread::get_id()](std::string_view text) {
    if (text == "leave me alone") throw std::runtime_error("will not");
    const bool own_thread = std::this_thread::get_id() != loop;
    return own_thread ? std::string(text.substr(0, text.find(':'))) + ": ***" : "on a loop";
  };
  const auto before = recorder::reports_since(0).sequence;
  const session running(wanted);
  for (const char* text : {"password: 123", "leave me alone", ""}) {
    recorder::note failure;
    failure.kind = schema::report_kind::failure;
    failure.message = "std::runtime_error";
    failure.text = text;
    recorder::leave_note(std::move(failure));
  }
  std::vector<schema::report> reports;
  ASSERT_TRUE(eventually([&] {
    reports = recorder::reports_since(before).reports;
    return reports.size() == 3;
  }));
  EXPECT_EQ(reports[0].message, "std::runtime_error: password: ***");
  EXPECT_EQ(reports[1].message, "std::runtime_error: (redacted)");
  EXPECT_EQ(reports[2].message, "std::runtime_error");
  recorder::set_redaction({});
  EXPECT_EQ(recorder::redact("password: 123"), "password: 123");
}

TEST_F(session_test, a_crash_is_told_in_one_line_unless_it_is_not_wanted) {
  const auto crash = [](bool told) {
    auto wanted = options();
    wanted.quiet = true;
    wanted.crash_line = told;
    const session running(wanted);
    std::abort();
  };
  EXPECT_EXIT(crash(true), testing::KilledBySignal(SIGABRT), "asioscope: SIGABRT in thread");
  EXPECT_EXIT(crash(false), testing::KilledBySignal(SIGABRT), "^$");
}

TEST_F(session_test, an_owner_who_takes_his_time_or_throws_holds_up_nobody) {
  std::atomic<int> calls{0};
  auto wanted = options();
  wanted.quiet = true;
  wanted.reports_per_minute = 1000;
  wanted.on_report = [&](const schema::report&) {
    if (++calls == 1) std::this_thread::sleep_for(300ms);
    throw std::runtime_error("not my day");
  };
  const auto before = recorder::reports_since(0).sequence;
  const session running(wanted);
  for (int i = 0; i < 3; ++i) {
    recorder::note slow;
    slow.begin = recorder::now_ticks();
    recorder::leave_note(std::move(slow));
    EXPECT_TRUE(eventually(
        [&] { return recorder::reports_since(before).reports.size() > std::size_t(i); }));
  }
  EXPECT_TRUE(eventually([&] { return calls == 3; }));
}

TEST_F(session_test, writes_one_line_a_report_on_stderr) {
  auto wanted = options();
  wanted.quiet = true;
  testing::internal::CaptureStderr();
  {
    const session running(wanted);
    const auto before = recorder::reports_since(0).sequence;
    recorder::note failure;
    failure.kind = schema::report_kind::failure;
    failure.message = "std::runtime_error: two\nlines";
    recorder::leave_note(std::move(failure));
    ASSERT_TRUE(eventually([&] { return !recorder::reports_since(before).reports.empty(); }));
  }  // what is on its way is still written
  const auto said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, StartsWith("asioscope report=failure "));
  EXPECT_THAT(said, HasSubstr("message=\"std::runtime_error: two lines\""));
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
}

TEST_F(session_test, writes_the_live_tasks_upon_the_signal_that_was_chosen) {
  auto wanted = options();
  wanted.quiet = true;
  wanted.dump_signal = SIGUSR1;
  testing::internal::CaptureStderr();
  std::string said;
  {
    const session running(wanted);
    static constexpr int loop_key = 0;
    const auto task =
        recorder::spawn_task(recorder::loop_of_context(&loop_key),
                             recorder::register_site(schema::site_kind::task, "GET /dumped", {}));
    raise(SIGUSR1);
    EXPECT_TRUE(eventually([&] {
      said += testing::internal::GetCapturedStderr();
      testing::internal::CaptureStderr();
      return said.find("GET /dumped  (task " + std::to_string(task.id)) != said.npos;
    })) << said;
  }
  said += testing::internal::GetCapturedStderr();
  struct sigaction now {};
  sigaction(SIGUSR1, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST_F(session_test, leaves_a_signal_alone_that_the_program_handles) {
  auto wanted = options();
  wanted.quiet = true;
  wanted.dump_signal = SIGUSR2;
  const auto former = signal(SIGUSR2, SIG_IGN);
  testing::internal::CaptureStderr();
  { const session running(wanted); }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("asioscope: no dump of tasks: the program has a handler for signal"));
  EXPECT_EQ(signal(SIGUSR2, former), SIG_IGN);
}

/// Runs `check` in a forked child; its result is the child's.
template <class Check>
int in_child(Check check) {
  const auto child = fork();
  if (child == 0) {
    alarm(10);  // a child that hangs is one that failed
    _exit(check());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

TEST_F(session_test, a_forked_child_starts_clean) {
  const auto sockets_before = sockets();
  auto wanted = options();
  wanted.quiet = true;
  const session running(wanted);
  EXPECT_EQ(in_child([&] {
              if (threads() != 1) return 1;
              if (sockets() != sockets_before) return 2;
              if (recorder::current_mode() != recorder::mode::off) return 3;
              return running.metrics_url().empty() ? 0 : 4;
            }),
            0);
  // The parent's session does not mind.
  EXPECT_EQ(recorder::current_mode(), recorder::mode::metrics);
  EXPECT_TRUE(std::filesystem::is_socket(running.live_addresses()[0]));
}

TEST_F(session_test, a_forked_child_may_end_the_copy_and_have_a_session_of_its_own) {
  auto wanted = options();
  wanted.quiet = true;
  auto inherited = std::make_unique<session>(wanted);
  EXPECT_EQ(in_child([&] {
              inherited->stop();
              const session own(wanted);
              inherited.reset();
              if (recorder::current_mode() != recorder::mode::metrics) return 1;
              return own.metrics_url().empty() ? 2 : 0;
            }),
            0);
  EXPECT_TRUE(std::filesystem::is_socket(inherited->live_addresses()[0]));
}

}  // namespace
