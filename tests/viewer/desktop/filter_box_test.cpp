// SPDX-License-Identifier: BSL-1.0
#include "shell_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace asioscope::viewer {
namespace {

using test::headless_ui;
using testing::HasSubstr;
using testing::Not;

constexpr int escape = 256;
constexpr int key_f = 70;

class filter_boxes : public shell_fixture {
 protected:
  void filter(headless_ui& ui, const std::string& text) {
    ui.press(key_f, true, content);
    ui.type(text, content);
  }

  [[nodiscard]] bool all_are(const std::string& name) const {
    const std::vector<task_row>& rows = window.tasks().shown();
    return !rows.empty() &&
           std::ranges::all_of(rows, [&](const task_row& row) { return row.name == name; });
  }

  // The button behind the field.
  static void open_saved(headless_ui& ui, const std::function<void()>& content) {
    const float em = ImGui::GetIO().Fonts->Fonts[0]->FontSize;
    for (float x = em * 17.5F; x < em * 22; x += 4) {
      ui.click({x, 92}, content);
      if (ImGui::GetCurrentContext()->OpenPopupStack.Size != 0) return;
    }
    FAIL() << "no button opens the list";
  }
  // Where the popup is.
  static ImRect popup() { return ImGui::GetCurrentContext()->OpenPopupStack.back().Window->Rect(); }
};

TEST_F(filter_boxes, know_the_fields_of_tasks) {
  headless_ui ui(1280, 800);
  ui.type("4", content);
  filter(ui, "name:/^post / -state:running");
  EXPECT_TRUE(all_are("POST /orders"));
  ui.press(escape, false, content);
  EXPECT_FALSE(all_are("POST /orders"));
}

TEST_F(filter_boxes, say_what_is_wrong_and_keep_what_was_right) {
  headless_ui ui(1280, 800);
  ui.type("4", content);
  filter(ui, "name:orders ");
  const std::size_t before = window.tasks().shown().size();
  ASSERT_GT(before, 0U);
  EXPECT_THAT(ui.read(content), Not(HasSubstr("missing )")));
  ui.type("/(/", content);
  EXPECT_THAT(ui.read(content), HasSubstr("/(/: missing ): ("));
  EXPECT_THAT(ui.read(content), HasSubstr("Meanwhile what is shown matches: name:orders"));
  EXPECT_EQ(window.tasks().shown().size(), before);
  expect_sound_picture();
  ui.press(escape, false, content);
  EXPECT_THAT(ui.read(content), Not(HasSubstr("missing )")));
  EXPECT_GT(window.tasks().shown().size(), before);
}

TEST_F(filter_boxes, keep_filters_for_each_view) {
  headless_ui ui(1280, 800);
  ui.type("4", content);
  open_saved(ui, content);
  EXPECT_THAT(ui.read(content), HasSubstr("None yet"));
  ui.press(escape, false, content);
  ui.type("4", content);
  filter(ui, "name:restock");
  open_saved(ui, content);
  ui.click({popup().Min.x + 40, popup().Min.y + 16}, content);
  EXPECT_EQ(window.habits().filters.of("tasks"), (std::vector<std::string>{"name:restock"}));
  EXPECT_TRUE(window.habits().filters.of("handlers").empty());
  ui.press(escape, false, content);
  EXPECT_FALSE(all_are("restock"));
  // Picked again.
  if (window.current() != panel::tasks) ui.type("4", content);
  open_saved(ui, content);
  ui.click({popup().Min.x + 40, popup().Min.y + 16}, content);
  ui.show(content, 4);
  EXPECT_TRUE(all_are("restock"));
  // Those of tasks are not those of handlers.
  ui.type("3", content);
  open_saved(ui, content);
  EXPECT_THAT(ui.read(content), HasSubstr("None yet"));
  ui.press(escape, false, content);
  // Removed again.
  ui.type("4", content);
  open_saved(ui, content);
  for (float x = popup().Max.x - 2;
       x > popup().Min.x && !window.habits().filters.of("tasks").empty(); x -= 3) {
    ui.click({x, popup().Min.y + 16}, content);
    if (ImGui::GetCurrentContext()->OpenPopupStack.Size == 0) break;
  }
  EXPECT_TRUE(window.habits().filters.of("tasks").empty());
}

TEST_F(filter_boxes, come_with_the_filters_of_last_time) {
  saved_filters kept;
  kept.add("tasks", "name:items");
  window = shell(panel::tasks);
  window.adopt({.zoom = 1, .theme = {}, .filters = kept});
  headless_ui ui(1280, 800);
  ui.show(content);
  open_saved(ui, content);
  EXPECT_THAT(ui.read(content), HasSubstr("name:items"));
}

}  // namespace
}  // namespace asioscope::viewer
