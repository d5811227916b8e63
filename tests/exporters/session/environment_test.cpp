// SPDX-License-Identifier: BSL-1.0
#include "environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <string>

namespace {

using namespace asioscope;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class environment_test : public testing::Test {
 protected:
  session::options apply(std::map<std::string, std::string> variables,
                         session::options wanted = {}) {
    problems.clear();
    return apply_environment(
        std::move(wanted),
        [&](const char* name) {
          const auto found = variables.find(name);
          return found == variables.end() ? nullptr : found->second.c_str();
        },
        problems);
  }

  std::vector<std::string> problems;
};

TEST_F(environment_test, leaves_the_options_alone_when_nothing_is_set) {
  session::options wanted;
  wanted.name = "shop";
  wanted.stall = 40ms;
  wanted.metrics = false;
  const auto result = apply({}, wanted);
  EXPECT_TRUE(result.enabled);
  EXPECT_EQ(result.name, "shop");
  EXPECT_EQ(result.stall, 40ms);
  EXPECT_FALSE(result.metrics);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(environment_test, wins_over_the_code) {
  session::options wanted;
  wanted.name = "code";
  wanted.metrics = false;
  wanted.stall = session::never;
  const auto result = apply({{"ASIOSCOPE_NAME", "environment"},
                             {"ASIOSCOPE_METRICS", "9500"},
                             {"ASIOSCOPE_STALL", "100ms"},
                             {"ASIOSCOPE_SLOW_HANDLER", "250us"},
                             {"ASIOSCOPE_MODE", "trace"},
                             {"ASIOSCOPE_CRASH_LINE", "off"}},
                            wanted);
  EXPECT_FALSE(result.crash_line);
  EXPECT_EQ(result.name, "environment");
  EXPECT_TRUE(result.metrics);
  EXPECT_EQ(result.metrics_address, "9500");
  EXPECT_EQ(result.stall, 100ms);
  EXPECT_EQ(result.slow_handler, 250us);
  EXPECT_EQ(result.mode, recorder::mode::trace);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(environment_test, off_disables_each_part) {
  EXPECT_FALSE(apply({{"ASIOSCOPE", "off"}}).enabled);
  EXPECT_FALSE(apply({{"ASIOSCOPE_METRICS", "off"}}).metrics);
  EXPECT_FALSE(apply({{"ASIOSCOPE_LIVE", "off"}}).live);
  EXPECT_EQ(apply({{"ASIOSCOPE_MODE", "off"}}).mode, recorder::mode::off);
  EXPECT_EQ(apply({{"ASIOSCOPE_STALL", "off"}}).stall, session::never);
  EXPECT_EQ(apply({{"ASIOSCOPE_SLOW_HANDLER", "off"}}).slow_handler, session::never);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(environment_test, on_enables_what_the_code_left_out) {
  session::options wanted;
  wanted.enabled = wanted.metrics = wanted.live = false;
  const auto result =
      apply({{"ASIOSCOPE", "on"}, {"ASIOSCOPE_METRICS", "on"}, {"ASIOSCOPE_LIVE", "on"}}, wanted);
  EXPECT_TRUE(result.enabled);
  EXPECT_TRUE(result.metrics);
  EXPECT_TRUE(result.live);
}

TEST_F(environment_test, tells_a_socket_from_an_address) {
  const auto socket = apply({{"ASIOSCOPE_LIVE", "/run/user/1000/shop.sock"}});
  EXPECT_EQ(socket.live_socket, "/run/user/1000/shop.sock");
  EXPECT_EQ(socket.live_address, "");
  const auto address = apply({{"ASIOSCOPE_LIVE", "127.0.0.1:9500"}});
  EXPECT_EQ(address.live_socket, "");
  EXPECT_EQ(address.live_address, "127.0.0.1:9500");
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(environment_test, metrics_may_have_a_socket_a_token_and_a_limit) {
  for (const char* address : {"/run/shop/metrics.sock", "unix:/run/x", "unix:x", "0.0.0.0:9464"}) {
    const auto result = apply({{"ASIOSCOPE_METRICS", address}});
    EXPECT_TRUE(result.metrics);
    EXPECT_EQ(result.metrics_address, address);
  }
  EXPECT_EQ(apply({{"ASIOSCOPE_LIVENESS_LIMIT", "30s"}}).liveness_limit, 30s);
  EXPECT_EQ(apply({}).liveness_limit, session::never);
  session::options wanted;
  wanted.liveness_limit = 5s;
  EXPECT_EQ(apply({{"ASIOSCOPE_LIVENESS_LIMIT", "off"}}, wanted).liveness_limit, session::never);
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(environment_test, its_token_stands_instead_of_the_one_in_the_code) {
  session::options wanted;
  wanted.metrics_token = "code";
  EXPECT_EQ(apply({}, wanted).metrics_token, "code");
  EXPECT_EQ(apply({{"ASIOSCOPE_METRICS_TOKEN", "shell"}}, wanted).metrics_token, "shell");
  const auto by_file = apply({{"ASIOSCOPE_METRICS_TOKEN_FILE", "/run/token"}}, wanted);
  EXPECT_EQ(by_file.metrics_token, "");
  EXPECT_EQ(by_file.metrics_token_file, "/run/token");
  const auto by_text = apply({{"ASIOSCOPE_METRICS_TOKEN", "shell"}}, by_file);
  EXPECT_EQ(by_text.metrics_token, "shell");
  EXPECT_EQ(by_text.metrics_token_file, "");
  // Which of two was meant is not guessed: the endpoint refuses both.
  const auto both =
      apply({{"ASIOSCOPE_METRICS_TOKEN", "shell"}, {"ASIOSCOPE_METRICS_TOKEN_FILE", "/run/token"}});
  EXPECT_EQ(both.metrics_token, "shell");
  EXPECT_EQ(both.metrics_token_file, "/run/token");
  EXPECT_THAT(problems, IsEmpty());
}

TEST_F(environment_test, says_one_sentence_for_each_bad_value_and_keeps_the_option) {
  const auto result = apply({{"ASIOSCOPE", "maybe"},
                             {"ASIOSCOPE_MODE", "loud"},
                             {"ASIOSCOPE_METRICS", "example.org"},
                             {"ASIOSCOPE_LIVE", "nowhere"},
                             {"ASIOSCOPE_SLOW_HANDLER", "5"},
                             {"ASIOSCOPE_STALL", "-1ms"},
                             {"ASIOSCOPE_LIVENESS_LIMIT", "long"},
                             {"ASIOSCOPE_CRASH_LINE", "loud"},
                             {"ASIOSCOPE_DUMP_SIGNAL", "USR7"}});
  EXPECT_TRUE(result.enabled);
  EXPECT_EQ(result.mode, recorder::mode::metrics);
  EXPECT_EQ(result.metrics_address, "127.0.0.1:9464");
  EXPECT_TRUE(result.live);
  EXPECT_EQ(result.slow_handler, 2ms);
  EXPECT_EQ(result.stall, 25ms);
  EXPECT_THAT(
      problems,
      ElementsAre(
          "ASIOSCOPE=maybe is not on or off; using on",
          "ASIOSCOPE_MODE=loud is not off, metrics or trace; using metrics",
          "ASIOSCOPE_METRICS=example.org is not on, off, PORT, HOST:PORT or unix:/path/of/socket; "
          "using "
          "127.0.0.1:9464",
          "ASIOSCOPE_LIVENESS_LIMIT=long is not a duration such as 5ms, 250us or 1s, nor off; "
          "using "
          "off",
          "ASIOSCOPE_LIVE=nowhere is not on, off, the path of a socket or HOST:PORT; using on",
          "ASIOSCOPE_SLOW_HANDLER=5 is not a duration such as 5ms, 250us or 1s, nor off; using 2ms",
          "ASIOSCOPE_STALL=-1ms is not a duration such as 5ms, 250us or 1s, nor off; using 25ms",
          "ASIOSCOPE_CRASH_LINE=loud is not on or off; using on",
          "ASIOSCOPE_DUMP_SIGNAL=USR7 is not a signal such as USR1 or 10, nor off; using off"));
}

TEST_F(environment_test, knows_signals_by_name_and_number) {
  EXPECT_EQ(apply({{"ASIOSCOPE_DUMP_SIGNAL", "USR1"}}).dump_signal, SIGUSR1);
  EXPECT_EQ(apply({{"ASIOSCOPE_DUMP_SIGNAL", "SIGUSR2"}}).dump_signal, SIGUSR2);
  EXPECT_EQ(apply({{"ASIOSCOPE_DUMP_SIGNAL", "12"}}).dump_signal, 12);
  session::options wanted;
  wanted.dump_signal = SIGUSR1;
  EXPECT_EQ(apply({{"ASIOSCOPE_DUMP_SIGNAL", "off"}}, wanted).dump_signal, 0);
  EXPECT_THAT(problems, IsEmpty());
  for (const char* bad : {"0", "-1", "1000", "SIG", "usr1", "10x"}) {
    EXPECT_EQ(apply({{"ASIOSCOPE_DUMP_SIGNAL", bad}}, wanted).dump_signal, SIGUSR1) << bad;
    EXPECT_EQ(problems.size(), 1U) << bad;
  }
}

TEST_F(environment_test, takes_an_empty_variable_for_one_that_is_not_set) {
  const auto result = apply({{"ASIOSCOPE", ""}, {"ASIOSCOPE_STALL", ""}, {"ASIOSCOPE_NAME", ""}});
  EXPECT_TRUE(result.enabled);
  EXPECT_EQ(result.stall, 25ms);
  EXPECT_THAT(problems, IsEmpty());
}

}  // namespace
