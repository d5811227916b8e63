// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/listener.hpp"

#include "peer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace asioscope::net {
namespace {

namespace fs = std::filesystem;
using testing::peer;

const tcp_address any_port{"127.0.0.1", 0};

class local_listener_test : public ::testing::Test {
 protected:
  local_listener_test() {
    std::string pattern = (fs::temp_directory_path() / "asioscope-test-XXXXXX").native();
    folder = ::mkdtemp(pattern.data());
  }
  ~local_listener_test() override { fs::remove_all(folder); }

  fs::path folder;
  fs::path path() const { return folder / "socket"; }
};

void expect_refused(const fs::path& path, int error) {
  try {
    const listener unexpected = listener::local(path);
    ADD_FAILURE() << "listens on " << path;
  } catch (const std::system_error& caught) {
    EXPECT_EQ(caught.code().value(), error);
    EXPECT_THAT(caught.what(), ::testing::HasSubstr(path.native()));
  }
}

TEST(tcp_listener_test, port_0_is_any_and_known) {
  const listener tested = listener::tcp(any_port);
  EXPECT_NE(tested.port(), 0);
  EXPECT_EQ(tested.address(), "127.0.0.1:" + std::to_string(tested.port()));
  EXPECT_TRUE(peer(tested.port()).connected());
}

TEST(tcp_listener_test, a_taken_port_leads_to_a_following_one) {
  const listener first = listener::tcp(any_port);
  const listener second = listener::tcp({"127.0.0.1", first.port()});
  EXPECT_GT(second.port(), first.port());
  EXPECT_LE(second.port(), first.port() + 63);
  EXPECT_TRUE(peer(second.port()).connected());
}

TEST(tcp_listener_test, the_search_ends) {
  const listener first = listener::tcp(any_port);
  try {
    const listener unexpected = listener::tcp({"127.0.0.1", first.port()}, 1);
    ADD_FAILURE() << "listens on " << unexpected.address();
  } catch (const std::system_error& caught) {
    EXPECT_EQ(caught.code().value(), EADDRINUSE);
    EXPECT_THAT(caught.what(), ::testing::HasSubstr(first.address()));
  }
}

TEST(tcp_listener_test, ports_beyond_the_last_are_not_tried) {
  const listener last = listener::tcp({"127.0.0.1", 65535}, 1);
  EXPECT_THROW(static_cast<void>(listener::tcp({"127.0.0.1", 65535})), std::system_error);
}

TEST(tcp_listener_test, only_literals_are_hosts) {
  EXPECT_THROW(static_cast<void>(listener::tcp({"example.org", 0})), std::system_error);
}

TEST(tcp_listener_test, ipv6_has_brackets_in_its_address) {
  const listener tested = listener::tcp({"::1", 0});
  EXPECT_EQ(tested.address(), "[::1]:" + std::to_string(tested.port()));
}

TEST(tcp_listener_test, a_port_is_free_again_at_once_after_serving) {
  std::uint16_t port = 0;
  {
    const listener before = listener::tcp(any_port);
    port = before.port();
    const peer client(port);
    const unique_fd accepted(::accept(before.fd(), nullptr, nullptr));
    ASSERT_TRUE(accepted);
    // Closing first leaves this side's connection in TIME_WAIT.
  }
  EXPECT_EQ(listener::tcp({"127.0.0.1", port}).port(), port);
}

TEST(tcp_listener_test, is_non_blocking_and_closed_on_exec) {
  const listener tested = listener::tcp(any_port);
  EXPECT_TRUE((::fcntl(tested.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  EXPECT_TRUE((::fcntl(tested.fd(), F_GETFL) & O_NONBLOCK) != 0);
}

TEST_F(local_listener_test, is_for_this_user_only) {
  const listener tested = listener::local(path());
  struct stat about {};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_TRUE(S_ISSOCK(about.st_mode));
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_TRUE(peer(path().native()).connected());
  EXPECT_TRUE((::fcntl(tested.fd(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_F(local_listener_test, removes_its_file_in_the_end) {
  { const listener tested = listener::local(path()); }
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(local_listener_test, a_moved_one_keeps_its_file) {
  listener first = listener::local(path());
  const listener second = std::move(first);
  { const listener gone = std::move(first); }  // NOLINT(bugprone-use-after-move): the point
  EXPECT_TRUE(peer(path().native()).connected());
}

TEST_F(local_listener_test, replaces_what_a_dead_program_left) {
  const pid_t child = ::fork();
  if (child == 0) {
    const listener left = listener::local(path());
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(fs::exists(path()));
  const listener tested = listener::local(path());
  EXPECT_TRUE(peer(path().native()).connected());
}

TEST_F(local_listener_test, leaves_a_living_one_alone) {
  const listener living = listener::local(path());
  expect_refused(path(), EADDRINUSE);
  EXPECT_TRUE(peer(path().native()).connected());
}

TEST_F(local_listener_test, never_removes_a_file_that_is_no_socket) {
  std::ofstream(path()) << "precious";
  expect_refused(path(), EADDRINUSE);
  EXPECT_EQ(fs::file_size(path()), 8U);
}

TEST_F(local_listener_test, a_path_too_long_for_a_socket_is_refused) {
  expect_refused(folder / std::string(200, 'x'), ENAMETOOLONG);
}

TEST_F(local_listener_test, a_forked_child_does_not_take_the_file_away) {
  auto tested = std::make_unique<listener>(listener::local(path()));
  const pid_t child = ::fork();
  if (child == 0) {
    tested.reset();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(peer(path().native()).connected());
}

TEST(listener_test, paths_are_told_from_other_addresses) {
  EXPECT_EQ(parse_local_address("/run/a b"), "/run/a b");
  EXPECT_EQ(parse_local_address("unix:/run/a"), "/run/a");
  EXPECT_EQ(parse_local_address("unix:a"), "a");
  for (const char* text : {"", "unix:", "a", "a/b", "9464", "127.0.0.1:9464", "[::1]:80"}) {
    EXPECT_EQ(parse_local_address(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace asioscope::net
