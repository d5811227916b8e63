// SPDX-License-Identifier: BSL-1.0
#include "shell_fixture.hpp"
#include "views/open_dialog.hpp"
#include "views/save_dialog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr int escape = 256;
constexpr int tab_key = 258;
constexpr std::int64_t second = 1'000'000'000;

class dialogs : public shell_fixture {
 protected:
  dialogs() {
    std::string name = (std::filesystem::temp_directory_path() / "asioscope-test-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    const std::int64_t end = state.current()->time().monotonic_ns;
    now.connection.kept = {.begin_ns = end - 45 * second, .end_ns = end, .bytes = 3'500'000};
  }
  ~dialogs() override { std::filesystem::remove_all(folder); }

  // Finds the item of that label as a user does: goes over the window with the mouse.
  bool click(headless_ui& ui, const std::string& window_name, const std::string& label) {
    ImGuiWindow* const found = ImGui::FindWindowByName(window_name.c_str());
    if (found == nullptr) return false;
    const ImGuiID wanted = found->GetID(label.c_str());
    for (float y = found->Rect().Min.y + 4; y < found->Rect().Max.y; y += 6) {
      for (float x = found->Rect().Min.x + 4; x < found->Rect().Max.x; x += 12) {
        ImGui::GetIO().MousePos = {x, y};
        ui.show(content, 1);
        if (ImGui::GetCurrentContext()->HoveredId != wanted) continue;
        ui.click({x, y}, content);
        return true;
      }
    }
    return false;
  }

  std::filesystem::path folder;
};

TEST_F(dialogs, save_what_is_kept_where_the_user_says) {
  headless_ui ui(1280, 800);
  ui.press('S', true, content);
  ASSERT_TRUE(window.save().is_open());
  EXPECT_THAT(ui.read(content),
              AllOf(HasSubstr("Save a recording"), HasSubstr("45"), HasSubstr("64 MiB"),
                    HasSubstr("30 s"), Not(HasSubstr("1 min"))))
      << "no more is offered than there is";
  ASSERT_TRUE(click(ui, "Save a recording", "10 s"));
  ASSERT_TRUE(click(ui, "Save a recording", "Save"));
  ASSERT_TRUE(save);
  EXPECT_THAT(save->path, AllOf(HasSubstr("/shop-"), testing::EndsWith(".asioscope")));
  EXPECT_EQ(save->end_ns, now.connection.kept->end_ns);
  EXPECT_EQ(save->begin_ns, save->end_ns - 10 * second);

  now.saving = {saving::phase::going_on, save->path, {}};
  EXPECT_THAT(ui.read(content), HasSubstr("Writing " + save->path));
  now.saving.now = saving::phase::done;
  EXPECT_THAT(ui.read(content), HasSubstr("Written: " + save->path));
  ui.show(content);
  ASSERT_TRUE(click(ui, "Save a recording", "Open it"));
  ASSERT_TRUE(watched);
  EXPECT_EQ(watched->how, target::kind::recording);
  EXPECT_EQ(watched->name, save->path);
  EXPECT_TRUE(in_new_tab);
  EXPECT_FALSE(window.save().is_open());
}

TEST_F(dialogs, say_why_it_could_not_be_saved_and_ask_again) {
  headless_ui ui(1280, 800);
  ui.press('S', true, content);
  ASSERT_TRUE(click(ui, "Save a recording", "Save"));
  now.saving = {saving::phase::failed, save->path, "cannot write there: No space left on device"};
  ui.show(content);
  EXPECT_THAT(ui.read(content), HasSubstr("No space left on device"));
  save.reset();
  ASSERT_TRUE(click(ui, "Save a recording", "Save"));
  EXPECT_TRUE(save);
  // The next time it begins anew.
  ui.press(escape, false, content);
  EXPECT_FALSE(window.save().is_open());
  ui.press('S', true, content);
  EXPECT_THAT(ui.read(content), Not(HasSubstr("No space left")));
}

TEST_F(dialogs, save_up_to_the_moment_that_is_shown) {
  headless_ui ui(1280, 800);
  paused = true;
  const std::int64_t shown = state.current()->time().monotonic_ns;
  now.connection.kept->end_ns = shown + 100 * second;
  ui.press('S', true, content);
  EXPECT_THAT(ui.read(content), HasSubstr("Up to the moment that is shown"));
  ASSERT_TRUE(click(ui, "Save a recording", "Save"));
  EXPECT_EQ(save->end_ns, shown);
  EXPECT_EQ(save->begin_ns, now.connection.kept->begin_ns);
}

TEST_F(dialogs, offer_to_save_only_what_can_be) {
  headless_ui ui(1280, 800);
  now.connection.kept.reset();
  ui.press('S', true, content);
  EXPECT_THAT(ui.read(content), HasSubstr("nothing to save yet"));
  ui.press(escape, false, content);
  now.connection.now = connection_status::phase::replaying;
  now.connection.address = "/tmp/a.asioscope";
  ui.press('S', true, content);
  EXPECT_THAT(ui.read(content), HasSubstr("a recording already: /tmp/a.asioscope"));
  ui.press(escape, false, content);
  with_program = false;
  ui.press('S', true, content);
  EXPECT_FALSE(window.save().is_open());
}

TEST_F(dialogs, name_a_recording_after_its_program_and_the_time) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const auto name_of = [](const std::string& program) {
    return std::filesystem::path(usual_recording_path(program, 1'763'932'500 * second))
        .filename()
        .string();
  };
  EXPECT_EQ(name_of("shop"), "shop-20251123-211500.asioscope");
  EXPECT_EQ(name_of("a/b"), "a_b-20251123-211500.asioscope");
  EXPECT_EQ(name_of(""), "program-20251123-211500.asioscope");
}

TEST_F(dialogs, list_folders_and_recordings) {
  std::filesystem::create_directories(folder / "zoo");
  std::filesystem::create_directories(folder / ".hidden");
  std::ofstream(folder / "b.asioscope") << "12345";
  std::ofstream(folder / "a.asioscope") << "1";
  std::ofstream(folder / "letter.txt") << "no";
  const folder_listing found = list_folder(folder.string());
  EXPECT_EQ(found.error, "");
  EXPECT_THAT(found.entries,
              ElementsAre(folder_entry{"zoo", true, 0}, folder_entry{"a.asioscope", false, 1},
                          folder_entry{"b.asioscope", false, 5}));
  EXPECT_THAT(list_folder((folder / "nowhere").string()).error, HasSubstr("cannot look into"));
}

TEST_F(dialogs, watch_what_is_typed) {
  headless_ui ui(1280, 800);
  ui.press('O', true, content);
  ASSERT_TRUE(window.open().is_open());
  ui.type("server:9465", content);
  ImGui::GetIO().KeyMap[ImGuiKey_Enter] = 257;
  ui.press(257, false, content);
  ASSERT_TRUE(watched);
  EXPECT_EQ(*watched, parse_target("server:9465"));
  EXPECT_TRUE(in_new_tab) << "what is watched now goes on";
  EXPECT_FALSE(window.open().is_open());
}

TEST_F(dialogs, go_through_folders_to_a_recording) {
  std::filesystem::create_directories(folder / "traces");
  std::ofstream(folder / "traces" / "night.asioscope") << "12345";
  headless_ui ui(1280, 800);
  ui.press('O', true, content);
  ui.type(folder.string(), content);
  ImGui::GetIO().KeyMap[ImGuiKey_Enter] = 257;
  ui.press(257, false, content);
  EXPECT_TRUE(window.open().is_open()) << "a folder is entered, not watched";
  EXPECT_THAT(ui.read(content), AllOf(HasSubstr("traces/"), HasSubstr("No recording here")));
  ui.show(content);
  const std::string list = "Watch/folder_";
  ImGuiWindow* inside = nullptr;
  for (ImGuiWindow* each : ImGui::GetCurrentContext()->Windows)
    if (std::string(each->Name).starts_with(list)) inside = each;
  ASSERT_NE(inside, nullptr);
  ASSERT_TRUE(click(ui, inside->Name, "traces/"));
  EXPECT_THAT(ui.read(content), AllOf(HasSubstr("night.asioscope"), HasSubstr("..")));
  ui.show(content);
  ASSERT_TRUE(click(ui, inside->Name, "night.asioscope  ·  5 B"));
  ASSERT_TRUE(watched);
  EXPECT_EQ(watched->name, (folder / "traces" / "night.asioscope").string());
}

TEST_F(dialogs, offer_what_was_watched_before) {
  headless_ui ui(1280, 800);
  now.history = {"server:9465"};
  ui.press('O', true, content);
  EXPECT_THAT(ui.read(content), AllOf(HasSubstr("Watched before"), HasSubstr("server:9465"),
                                      HasSubstr("Programs on this machine")));
  ui.show(content);
  ASSERT_TRUE(click(ui, "Watch", "In a tab of its own"));
  ASSERT_TRUE(click(ui, "Watch", "server:9465"));
  EXPECT_EQ(*watched, parse_target("server:9465"));
  EXPECT_FALSE(in_new_tab);
}

TEST_F(dialogs, tabs_are_there_when_several_programs_are_watched) {
  headless_ui ui(1280, 800);
  now.tabs = {{"shop", false}};
  EXPECT_THAT(ui.read(content), Not(HasSubstr("×")));
  now.tabs = {{"shop", false}, {"billing", true}, {"stock", false}};
  ui.show(content);
  ui.press(tab_key, true, content);
  EXPECT_EQ(now.tab, 1U);
  ui.press(tab_key, true, content);
  ui.press(tab_key, true, content);
  EXPECT_EQ(now.tab, 0U) << "round and round";
  now.tab = 2;
  ui.press('W', true, content);
  EXPECT_EQ(closed_tab, 2U);
  // With the mouse.
  ui.click({30, 24}, content);
  EXPECT_EQ(now.tab, 0U);
  ASSERT_TRUE(click(ui, "asioscope", "+"));
  EXPECT_TRUE(window.open().is_open());
  expect_sound_picture();
}

TEST_F(dialogs, twenty_tabs_fit_into_a_small_window) {
  headless_ui ui(640, 400);
  now.tabs.assign(12, {"a program with a rather long name", true});
  ui.show(content);
  ASSERT_TRUE(click(ui, "asioscope", "+")) << "the last one can still be reached";
}

TEST_F(dialogs, the_theme_is_changed_by_a_key_and_by_its_button) {
  headless_ui ui(1280, 800);
  EXPECT_EQ(window.habits().theme, colors::theme::dark);
  ui.type("t", content);
  EXPECT_EQ(window.habits().theme, colors::theme::light);
  ASSERT_TRUE(click(ui, "asioscope", "◐"));
  EXPECT_EQ(window.habits().theme, colors::theme::colour_blind);
  window.adopt({1.5F, colors::theme::light, {}});
  EXPECT_EQ(window.habits().zoom, 1.5F);
}

// All colours of a picture, whatever their alpha.
std::set<std::uint32_t> colours_of_picture() {
  std::set<std::uint32_t> result;
  const ImDrawData& data = *ImGui::GetDrawData();
  for (int list = 0; list < data.CmdListsCount; ++list) {
    for (const ImDrawVert& vertex : data.CmdLists[list]->VtxBuffer)
      result.insert(vertex.col & 0xFFFFFFU);
  }
  return result;
}

TEST_F(dialogs, every_theme_draws_every_panel_in_its_own_colours) {
  const colors::palette& dark = colors::palette_of(colors::theme::dark);
  for (const colors::theme_entry& each : colors::themes) {
    headless_ui ui(1280, 800);
    colors::apply_theme(1, each.which);
    for (const char key : {'1', '2', '3', '4', '5', '6', '7', '?'}) {
      ui.type(std::string(1, key), content);
      expect_sound_picture();
      // What was made once, for the first theme, would still be in its colours.
      const std::set<std::uint32_t> found = colours_of_picture();
      const auto is_found = [&found](const colors::color& wanted) {
        return found.contains(colors::packed(wanted) & 0xFFFFFFU);
      };
      const bool is_dark = each.which == colors::theme::dark;
      if (key != '?') {
        EXPECT_EQ(is_found(dark.accent), is_dark) << key;
      }
      if (each.which != colors::theme::light) continue;
      for (const colors::color& foreign : {dark.text, dark.quiet, dark.faint, dark.lag, dark.queue,
                                           dark.throughput, dark.serious, dark.critical})
        EXPECT_FALSE(is_found(foreign)) << key;
    }
    ui.press(escape, false, content);
  }
  ImGui::CreateContext();
  colors::apply_theme(1);
  ImGui::DestroyContext();
}

}  // namespace
}  // namespace asioscope::viewer
