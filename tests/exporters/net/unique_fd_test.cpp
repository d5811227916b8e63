// SPDX-License-Identifier: BSL-1.0
#include "asioscope/net/unique_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace asioscope::net {
namespace {

unique_fd open_something() { return unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

/// The exit status of a child that runs `body`.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(unique_fd_test, closes_once_and_moves) {
  unique_fd first = open_something();
  const int number = first.get();
  ASSERT_TRUE(is_open(number));
  unique_fd second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): the point
  EXPECT_EQ(second.get(), number);
  second = unique_fd();
  EXPECT_FALSE(is_open(number));
}

TEST(unique_fd_test, a_forked_child_has_it_closed) {
  const unique_fd tested = open_something();
  EXPECT_EQ(in_child([&] { return is_open(tested.get()) ? 1 : 0; }), 0);
  EXPECT_TRUE(is_open(tested.get()));
}

TEST(unique_fd_test, a_forked_child_does_not_close_what_has_taken_the_number) {
  unique_fd tested = open_something();
  EXPECT_EQ(in_child([&] {
              const int same = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
              if (same != tested.get()) return 2;
              tested.reset();
              return is_open(same) ? 0 : 1;
            }),
            0);
}

TEST(unique_fd_test, closing_gives_the_place_in_the_table_back) {
  for (int i = 0; i < 1000; ++i)
    open_something().reset();
  const unique_fd tested = open_something();
  EXPECT_EQ(in_child([&] { return is_open(tested.get()) ? 1 : 0; }), 0);
}

TEST(unique_fd_test, more_than_the_table_holds_still_work) {
  std::vector<unique_fd> many;
  for (int i = 0; i < 300; ++i)
    many.push_back(open_something());
  const int last = many.back().get();
  EXPECT_TRUE(is_open(last));
  many.clear();
  EXPECT_FALSE(is_open(last));
}

}  // namespace
}  // namespace asioscope::net
