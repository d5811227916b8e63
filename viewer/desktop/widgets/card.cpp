// SPDX-License-Identifier: BSL-1.0
#include "widgets/card.hpp"

#include <imgui.h>

namespace asioscope::viewer {

void begin_card(const char* id, float content_height) {
  const float padding = ImGui::GetStyle().WindowPadding.y * 2;
  ImGui::BeginChild(id, {0, content_height + padding}, true,
                    ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse |
                        ImGuiWindowFlags_AlwaysUseWindowPadding);
}

void end_card() { ImGui::EndChild(); }

}  // namespace asioscope::viewer
