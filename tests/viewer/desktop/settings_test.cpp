// SPDX-License-Identifier: BSL-1.0
#include "settings.hpp"

#include "history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

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
  settings kept;
  kept.width = 1'920;
  kept.height = 1'017;
  kept.history = {"server:9465", "/tmp/a=b.asioscope"};
  kept.habits.zoom = 1.21F;
  kept.habits.theme = colors::theme::light;
  kept.habits.filters.add("tasks", "name:/^GET =/ -state:done");
  kept.habits.filters.add("tasks", "zwei Wörter");
  kept.habits.filters.add("handlers", "session");
  EXPECT_EQ(save_settings(kept, file), "");
  EXPECT_EQ(load_settings(file), kept);
}

TEST_F(settings_test, of_two_viewers_are_all_kept) {
  settings before;
  before.history = {"server:1", "server:2"};
  before.habits.filters.add("tasks", "old");
  before.habits.filters.add("tasks", "gone");
  settings one = before;
  one.width = 1'000;
  one.history = {"server:3", "server:1", "server:2"};
  one.habits.filters.add("tasks", "of one");
  one.habits.filters.remove("tasks", "gone");
  settings other = before;
  other.height = 500;
  other.habits.zoom = 2;
  other.history = {"server:4", "server:1", "server:2"};
  other.habits.filters.add("handlers", "of the other");
  ASSERT_EQ(save_settings(merged(before, before, one), file), "");
  ASSERT_EQ(save_settings(merged(load_settings(file), before, other), file), "");
  const settings both = load_settings(file);
  EXPECT_EQ(both.width, 1'000);
  EXPECT_EQ(both.height, 500);
  EXPECT_EQ(both.habits.zoom, 2);
  EXPECT_THAT(both.history, testing::ElementsAre("server:4", "server:1", "server:2", "server:3"));
  EXPECT_THAT(both.habits.filters.of("tasks"), testing::ElementsAre("old", "of one"));
  EXPECT_THAT(both.habits.filters.of("handlers"), testing::ElementsAre("of the other"));
  EXPECT_EQ(merged(both, before, before), both) << "nothing changed";
}

TEST_F(settings_test, do_not_remember_more_than_is_shown) {
  settings in_file;
  settings now;
  for (std::size_t count = 0; count < history::most; ++count) {
    in_file.history.push_back("a:" + std::to_string(count));
    now.history.push_back("b:" + std::to_string(count));
  }
  EXPECT_EQ(merged(in_file, {}, now).history, now.history);
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
            (settings{.width = 1280, .height = 900, .habits = {}, .history = {}}));
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

TEST_F(settings_test, filters_of_a_file_that_makes_no_sense_stay_few) {
  std::string text;
  for (int i = 0; i < 900; ++i)
    text += "filter.view" + std::to_string(i % 30) + "=" + std::to_string(i) + "\n";
  write(text + "filter.tasks=" + std::string(5'000, 'x') + "\nfilter.tasks=\nfilter.\n");
  const saved_filters filters = load_settings(file).habits.filters;
  EXPECT_EQ(filters.by_view().size(), saved_filters::most_views);
  for (const auto& [view, each] : filters.by_view())
    EXPECT_LE(each.size(), saved_filters::most);
  EXPECT_TRUE(filters.of("tasks").empty());
}

TEST(saved_filters, are_a_short_list_for_each_view) {
  saved_filters filters;
  filters.add("tasks", "one");
  filters.add("tasks", "two");
  filters.add("tasks", "one");
  filters.add("tasks", "two\nlines");
  filters.add("handlers", "one");
  EXPECT_EQ(filters.of("tasks"), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(filters.has("handlers", "one"));
  filters.remove("handlers", "one");
  filters.remove("handlers", "one");
  filters.remove("tasks", "none");
  EXPECT_FALSE(filters.has("handlers", "one"));
  EXPECT_EQ(filters.by_view().size(), 1U);
  for (std::size_t i = 0; i < saved_filters::most; ++i)
    filters.add("tasks", std::to_string(i));
  EXPECT_EQ(filters.of("tasks").size(), saved_filters::most);
  EXPECT_FALSE(filters.has("tasks", "two")) << "the oldest went";
}

}  // namespace
}  // namespace asioscope::viewer
