// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/rendezvous.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

namespace asioscope::schema {
namespace {

namespace fs = std::filesystem;

/// A process that has ended and been waited for.
pid_t dead_pid() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  return child;
}

/// Binds a socket at `path`; it listens as long as the result is open.
int bind_socket(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
  EXPECT_EQ(::listen(fd, 1), 0);
  return fd;
}

class rendezvous : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::path{"/tmp"} / "asioscope-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base_ = pattern;
    fs::create_directory(base_ / "run");
    fs::create_directory(base_ / "tmp");
    ::setenv("XDG_RUNTIME_DIR", (base_ / "run").c_str(), 1);
    ::setenv("TMPDIR", (base_ / "tmp").c_str(), 1);
  }

  void TearDown() override {
    ::unsetenv("XDG_RUNTIME_DIR");
    ::unsetenv("TMPDIR");
    fs::remove_all(base_);
  }

  /// Only what this test made: other programs of this user may be running.
  std::vector<program_socket> listed() const {
    std::vector<program_socket> result;
    for (const program_socket& each : list_sockets()) {
      if (each.path.native().starts_with(base_.native())) result.push_back(each);
    }
    return result;
  }

  fs::path base_;
};

TEST_F(rendezvous, is_in_the_session_folder_or_else_in_the_temporary_one) {
  EXPECT_EQ(runtime_directory(), base_ / "run/asioscope");
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(runtime_directory(), base_ / "tmp" / ("asioscope-" + std::to_string(::getuid())));
  ::setenv("XDG_RUNTIME_DIR", "relative", 1);
  EXPECT_EQ(runtime_directory(), base_ / "tmp" / ("asioscope-" + std::to_string(::getuid())));
}

TEST_F(rendezvous, the_folder_is_private) {
  make_private_directory(runtime_directory());
  struct stat status {};
  ASSERT_EQ(::stat(runtime_directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  EXPECT_NO_THROW(make_private_directory(runtime_directory()));  // is there already
}

TEST_F(rendezvous, a_folder_that_others_could_write_to_is_refused) {
  fs::create_directory(runtime_directory());
  ::chmod(runtime_directory().c_str(), 0777);
  EXPECT_THROW(make_private_directory(runtime_directory()), std::system_error);
  const int fd = bind_socket(socket_path("shop", ::getpid()));
  EXPECT_TRUE(listed().empty());
  ::chmod(runtime_directory().c_str(), 0755);
  EXPECT_NO_THROW(make_private_directory(runtime_directory()));
  EXPECT_EQ(listed().size(), 1U);
  ::close(fd);
}

TEST_F(rendezvous, a_link_in_place_of_the_folder_is_refused) {
  fs::create_directory(base_ / "elsewhere");
  fs::create_symlink(base_ / "elsewhere", runtime_directory());
  EXPECT_THROW(make_private_directory(runtime_directory()), std::system_error);
}

TEST_F(rendezvous, a_folder_that_cannot_be_made_is_an_error) {
  ::setenv("XDG_RUNTIME_DIR", (base_ / "missing").c_str(), 1);
  EXPECT_THROW(make_private_directory(runtime_directory()), std::system_error);
}

TEST_F(rendezvous, a_socket_is_named_after_program_and_pid) {
  EXPECT_EQ(socket_path("shop", 42).filename(), "shop.42.sock");
  EXPECT_EQ(socket_path("my shop/../x", 42).filename(), "my_shop_.._x.42.sock");
  EXPECT_EQ(socket_path("", 1).filename(), "_.1.sock");
  EXPECT_EQ(socket_path("..", 1).filename(), "_...1.sock");
  EXPECT_EQ(socket_path(std::string(500, 'x'), 1).filename(), std::string(40, 'x') + ".1.sock");
}

TEST_F(rendezvous, living_programs_are_listed_in_order) {
  EXPECT_TRUE(listed().empty());
  make_private_directory(runtime_directory());
  const fs::path second = socket_path("shop", ::getpid());
  const fs::path third = socket_path("web.v2", ::getppid());
  ::unsetenv("XDG_RUNTIME_DIR");  // one program was started without it
  make_private_directory(runtime_directory());
  const fs::path first = socket_path("alpha", ::getpid());
  ::setenv("XDG_RUNTIME_DIR", (base_ / "run").c_str(), 1);
  for (const fs::path& each : {first, second, third})
    ::close(bind_socket(each));

  const std::vector<program_socket> expected{
      {"alpha", ::getpid(), first}, {"shop", ::getpid(), second}, {"web.v2", ::getppid(), third}};
  EXPECT_EQ(listed(), expected);
}

TEST_F(rendezvous, the_dead_and_what_is_no_socket_are_not_listed) {
  make_private_directory(runtime_directory());
  ::close(bind_socket(socket_path("dead", dead_pid())));
  std::ofstream{socket_path("file", ::getpid())} << "no socket";
  for (const char* name : {"shop.sock", ".1.sock", "shop.0.sock", "shop.-1.sock", "shop.x1.sock",
                           "shop.99999999999.sock", "shop.1.socket"}) {
    ::close(bind_socket(runtime_directory() / name));
  }
  EXPECT_TRUE(listed().empty());
}

TEST_F(rendezvous, only_sockets_of_the_dead_that_nobody_answers_at_are_removed) {
  make_private_directory(runtime_directory());
  const fs::path stale = socket_path("stale", dead_pid());
  const fs::path answering = socket_path("in-a-container", dead_pid());
  const fs::path living = socket_path("living", ::getpid());
  const fs::path file = socket_path("file", dead_pid());
  ::close(bind_socket(stale));
  ::close(bind_socket(living));
  const int fd = bind_socket(answering);
  std::ofstream{file} << "no socket";
  remove_stale_sockets(runtime_directory());
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(fs::exists(answering));
  EXPECT_TRUE(fs::exists(living));
  EXPECT_TRUE(fs::exists(file));
  ::close(fd);
}

}  // namespace
}  // namespace asioscope::schema
