// SPDX-License-Identifier: BSL-1.0
#include "widgets/small_button.hpp"

#include <imgui.h>
#include <imgui_internal.h>

namespace asioscope::viewer {

bool small_button(const char* label) {
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {ImGui::GetStyle().FramePadding.x, 1});
  const bool clicked = ImGui::ButtonEx(label, {0, 0}, ImGuiButtonFlags_AlignTextBaseLine);
  ImGui::PopStyleVar();
  return clicked;
}

}  // namespace asioscope::viewer
