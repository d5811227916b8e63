// SPDX-License-Identifier: BSL-1.0
#include "asioscope/schema/announcement.hpp"

#include "asioscope/schema/rendezvous.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace asioscope::schema {
namespace {

namespace fs = std::filesystem;

class announcement_test : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/asioscope-test-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base_ = pattern;
    ::setenv("XDG_RUNTIME_DIR", base_.c_str(), 1);
    make_private_directory(runtime_directory());
  }
  void TearDown() override {
    ::unsetenv("XDG_RUNTIME_DIR");
    fs::remove_all(base_);
  }

  /// Writes a file; it is locked as long as the result is open.
  static int hold(const fs::path& path, const std::string& text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
    return fd;
  }
  /// Whether it is listed: other programs of this user may be running.
  static bool is_listed(const announcement& wanted) {
    const auto all = list_announcements();
    return std::find(all.begin(), all.end(), wanted) != all.end();
  }
  static bool is_listed(pid_t pid) {
    const auto all = list_announcements();
    return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.pid == pid; });
  }

  fs::path base_;
};

constexpr pid_t nobody = 2'000'000'001;  // more than the kernel gives

TEST_F(announcement_test, is_listed_with_its_whole_name_as_long_as_it_is_held) {
  const announcement shop{"my/shop \xc3\xa9", nobody, "http://127.0.0.1:9465/metrics"};
  const fs::path path = announcement_path(shop.program, shop.pid);
  EXPECT_EQ(path.filename(), "my_shop___.2000000001.metrics");
  const int fd = hold(path, to_text(shop));
  EXPECT_TRUE(is_listed(shop));
  EXPECT_TRUE(is_listed(shop)) << "looking must not change anything";
  ::close(fd);
  EXPECT_FALSE(is_listed(shop));
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(announcement_test, only_what_nobody_holds_is_removed) {
  const fs::path dead = announcement_path("dead", nobody);
  const fs::path alive = announcement_path("alive", nobody);
  ::close(hold(dead, to_text({"dead", nobody, "http://x/"})));
  const int fd = hold(alive, to_text({"alive", nobody, "http://x/"}));
  const fs::path other = runtime_directory() / "notes.txt";
  ::close(hold(other, "mine"));
  remove_stale_announcements(runtime_directory());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(alive));
  EXPECT_TRUE(fs::exists(other));
  ::close(fd);
}

TEST_F(announcement_test, what_cannot_be_believed_is_left_out) {
  const fs::path path = announcement_path("odd", nobody);
  for (const std::string& text :
       {std::string(), std::string("http://x/"), std::string("http://x/\nname"),
        std::string("ftp://x/\nname\n"), std::string("\n\n"),
        std::string("http://x\x1b[2J/\nname\n"), std::string("http://x/\nna\x07me\n"),
        "http://" + std::string(10'000, 'x') + "\nname\n"}) {
    const int fd = hold(path, text);
    EXPECT_FALSE(is_listed(nobody)) << text;
    ::close(fd);
    fs::remove(path);
  }
}

TEST_F(announcement_test, pipes_links_and_open_folders_are_left_alone) {
  const fs::path path = announcement_path("odd", nobody);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(is_listed(nobody));
  remove_stale_announcements(runtime_directory());
  EXPECT_TRUE(fs::exists(path));
  fs::remove(path);

  const fs::path elsewhere = base_ / "elsewhere";
  const int fd = hold(elsewhere, to_text({"odd", nobody, "http://x/"}));
  fs::create_symlink(elsewhere, path);
  EXPECT_FALSE(is_listed(nobody));
  fs::remove(path);
  fs::create_hard_link(elsewhere, path);
  EXPECT_TRUE(is_listed(nobody));
  fs::permissions(runtime_directory(), fs::perms::all);
  EXPECT_FALSE(is_listed(nobody)) << "anybody could have put it there";
  ::close(fd);
}

TEST_F(announcement_test, a_name_stays_on_its_line) {
  EXPECT_EQ(to_text({"a\nb\x1b", 1, "unix:/x"}), "unix:/x\na_b_\n");
}

}  // namespace
}  // namespace asioscope::schema
