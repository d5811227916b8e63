// SPDX-License-Identifier: BSL-1.0
#include "widgets/dialog.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include <imgui.h>

#include <algorithm>

namespace asioscope::viewer {

bool begin_dialog(const char* title, bool& is_open) {
  if (is_open && !ImGui::IsPopupOpen(title)) ImGui::OpenPopup(title);
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float width = std::min(ImGui::GetFontSize() * 46, display.x * 0.92F);
  ImGui::SetNextWindowPos({display.x / 2, display.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::SetNextWindowSizeConstraints({width, 0}, {width, display.y * 0.94F});
  ImGui::PushStyleColor(ImGuiCol_PopupBg, colors::card);  // on which fields and buttons stand out
  const bool is_shown = ImGui::BeginPopupModal(
      title, nullptr,
      ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_AlwaysAutoResize);
  ImGui::PopStyleColor();
  if (!is_shown) return false;
  print(title, colors::strong, type().title);
  return true;
}

void end_dialog(bool& is_open) {
  const bool outside = ImGui::IsMouseClicked(ImGuiMouseButton_Left) && !ImGui::IsWindowHovered() &&
                       !ImGui::IsAnyItemHovered();
  if (outside) is_open = false;
  if (!is_open) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

}  // namespace asioscope::viewer
