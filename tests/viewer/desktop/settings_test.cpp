// SPDX-License-Identifier: BSL-1.0
#include "settings.hpp"

#include "history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace asioscope::viewer {
namespace {

class settings_test : public testing::Test {
 protected:
  settings_test() {
    std::string name = (std::filesystem::temp_directory_path() / "asioscope-test-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    file = folder / "new folder" / "viewer.conf";
  }
  ~settings_test() override { std::filesystem::remove_all(folder); }

  void write(const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  std::filesystem::path folder;
  std::filesystem::path file;
};

TEST_F(settings_test, come_back_as_they_were_kept) {
  const settings kept{.width = 1'920,
                      .height = 1'017,
                      .look = {1.21F, colors::theme::light},
                      .history = {"server:9465", "/tmp/a=b.asioscope"}};
  EXPECT_EQ(save_settings(kept, file), "");
  EXPECT_EQ(load_settings(file), kept);
}

TEST_F(settings_test, are_usual_without_a_file) {
  EXPECT_EQ(load_settings(file), settings());
  EXPECT_EQ(load_settings({}), settings());
}

TEST_F(settings_test, that_make_no_sense_are_usual) {
  write(
      "width=0\nheight=-4\nzoom=nan\nwidth\n=7\ncolour=blue\nzoom=1e9\ntheme=pink\nheight=12px\n");
  EXPECT_EQ(load_settings(file), settings());
  write(std::string(1'000'000, 'x'));
  EXPECT_EQ(load_settings(file), settings());
  write("width=99999999999999999999\nheight=900\n");
  EXPECT_EQ(load_settings(file),
            (settings{.width = 1280, .height = 900, .look = {}, .history = {}}));
}

TEST_F(settings_test, keep_no_more_of_what_was_watched_than_is_shown) {
  std::string lines;
  for (int line = 0; line < 50; ++line)
    lines += "watched=host:" + std::to_string(line) + "\nwatched=\n";
  write(lines);
  const settings read = load_settings(file);
  ASSERT_EQ(read.history.size(), history::most);
  EXPECT_EQ(read.history.front(), "host:0");
}

TEST_F(settings_test, that_cannot_be_kept_say_why) {
  std::ofstream(folder / "new folder") << "a file where a folder should be";
  EXPECT_THAT(save_settings({}, file), testing::HasSubstr("cannot write"));
  EXPECT_NE(save_settings({}, {}), "");
}

TEST_F(settings_test, are_where_such_files_belong) {
  ::setenv("XDG_CONFIG_HOME", "/x", 1);
  EXPECT_EQ(settings_file(), "/x/asioscope/viewer.conf");
  ::setenv("XDG_CONFIG_HOME", "relative", 1);
  ::setenv("HOME", "/somebody", 1);
  EXPECT_EQ(settings_file(), "/somebody/.config/asioscope/viewer.conf");
  ::unsetenv("XDG_CONFIG_HOME");
  ::unsetenv("HOME");
  EXPECT_EQ(settings_file(), "");
}

}  // namespace
}  // namespace asioscope::viewer
