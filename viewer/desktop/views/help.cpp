// SPDX-License-Identifier: BSL-1.0
#include "views/help.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/keys.hpp"
#include "widgets/text.hpp"

#include <imgui.h>

#include <algorithm>

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
  constexpr const char* name = "Keys and mouse";
  if (!ImGui::IsPopupOpen(name)) ImGui::OpenPopup(name);
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float width = std::min(ImGui::GetFontSize() * 46, display.x * 0.92F);
  ImGui::SetNextWindowPos({display.x / 2, display.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSizeConstraints({width, 0}, {width, display.y * 0.94F});
  if (!ImGui::BeginPopupModal(name, nullptr,
                              ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoMove |
                                  ImGuiWindowFlags_AlwaysAutoResize)) {
    return;
  }
  print("Keys", colors::strong, type().title);
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
  const bool outside = ImGui::IsMouseClicked(ImGuiMouseButton_Left) && !ImGui::IsWindowHovered();
  if (outside) open = false;
  if (!open) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace asioscope::viewer
