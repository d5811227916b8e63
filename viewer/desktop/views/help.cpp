// SPDX-License-Identifier: BSL-1.0
#include "views/help.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/keys.hpp"
#include "widgets/dialog.hpp"
#include "widgets/text.hpp"

#include <imgui.h>

namespace asioscope::viewer {
namespace {

void draw_line(const char* left, const char* right) {
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  print(left, colors::accent, type().bold);
  ImGui::TableNextColumn();
  ImGui::PushTextWrapPos(0);
  print(right, colors::text);
  ImGui::PopTextWrapPos();
}

bool begin_lines(const char* id) {
  if (!ImGui::BeginTable(id, 2)) return false;
  ImGui::TableSetupColumn("left", ImGuiTableColumnFlags_WidthFixed, ImGui::GetFontSize() * 10);
  ImGui::TableSetupColumn("right", ImGuiTableColumnFlags_WidthStretch);
  return true;
}

}  // namespace

void draw_help(bool& open) {
  if (!begin_dialog("Keys and mouse", open)) return;
  if (begin_lines("keys")) {
    for (const key_binding& each : key_bindings)
      draw_line(each.keys, each.what);
    ImGui::EndTable();
  }
  print("Mouse", colors::strong, type().title);
  if (begin_lines("mouse")) {
    for (const mouse_habit& each : mouse_habits)
      draw_line(each.gesture, each.what);
    ImGui::EndTable();
  }
  end_dialog(open);
}

}  // namespace asioscope::viewer
