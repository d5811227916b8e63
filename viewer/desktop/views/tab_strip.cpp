// SPDX-License-Identifier: BSL-1.0
#include "views/tab_strip.hpp"

#include "platform/colors.hpp"
#include "widgets/text.hpp"

#include <imgui.h>

#include <string>

namespace asioscope::viewer {

bool draw_tab_strip(const scene& now, wishes& result) {
  const float em = ImGui::GetFontSize();
  const float pad = em * 0.6F;
  const float cross = em * 1.3F;
  const float gap = em * 0.3F;
  const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
  // On the line if it fits there, else on the next.
  const auto place = [&](float width) {
    ImGui::SameLine(0, gap);
    if (ImGui::GetCursorScreenPos().x + width > right) ImGui::NewLine();
  };
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (std::size_t index = 0; index < now.tabs.size(); ++index) {
    const tab_entry& each = now.tabs[index];
    const bool is_shown = index == now.tab;
    const std::string title = fitted((each.is_blocked ? "■ " : "") + each.title, em * 12);
    const ImVec2 size{ImGui::CalcTextSize(title.c_str()).x + pad * 2, em * 1.7F};
    if (index > 0) place(size.x + cross);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::PushID(static_cast<int>(index));
    if (ImGui::InvisibleButton("tab", size)) result.show_tab = index;
    const bool is_hovered = ImGui::IsItemHovered();
    explain(each.title + (each.is_blocked ? "\nA loop of it is blocked now." : "") +
            "\nCtrl Tab shows the next.");
    const ImVec4 fill = is_shown ? colors::chosen : is_hovered ? colors::hovered : colors::raised;
    list.AddRectFilled(at, {at.x + size.x + cross, at.y + size.y}, colors::packed(fill), em * 0.3F);
    const ImVec4 ink = each.is_blocked ? colors::critical
                       : is_shown      ? colors::strong
                                       : colors::text;
    list.AddText({at.x + pad, at.y + (size.y - em) / 2}, colors::packed(ink), title.c_str());
    ImGui::SameLine(0, 0);
    const ImVec2 close_at = ImGui::GetCursorScreenPos();
    if (ImGui::InvisibleButton("close", {cross, size.y})) result.close_tab = index;
    const ImVec4 mark = ImGui::IsItemHovered() ? colors::strong : colors::quiet;
    list.AddText({close_at.x + em * 0.2F, close_at.y + (size.y - em) / 2}, colors::packed(mark),
                 "×");
    explain("No longer watch it. Ctrl W");
    ImGui::PopID();
  }
  place(em * 2);
  const bool wants_more = ImGui::Button("+");
  explain("Watch something else beside it. Ctrl O");
  return wants_more;
}

}  // namespace asioscope::viewer
