// SPDX-License-Identifier: BSL-1.0
#include "platform/colors.hpp"

#include <array>

namespace asioscope::viewer::colors {

ImU32 packed(ImVec4 color) { return ImGui::ColorConvertFloat4ToU32(color); }

ImVec4 of(model::severity level) {
  switch (level) {
    case model::severity::critical:
      return critical;
    case model::severity::serious:
      return serious;
    case model::severity::warning:
      return warning;
    case model::severity::notice:
      break;
  }
  return quiet;
}

ImVec4 of(schema::task_state state) {
  switch (state) {
    case schema::task_state::running:
      return good;
    case schema::task_state::ready:
      return warning;
    case schema::task_state::suspended:
      return accent;
    case schema::task_state::failed:
      return critical;
    case schema::task_state::cancelled:
    case schema::task_state::abandoned:
      return serious;
    case schema::task_state::done:
      break;
  }
  return quiet;
}

ImVec4 of_site(std::uint32_t site) {
  static constexpr std::array<color, 10> palette = {
      rgb(0x2F6DA8), rgb(0x2E8567), rgb(0x7A55B8), rgb(0x9A6A1F), rgb(0x3B7F94),
      rgb(0x8E4C7C), rgb(0x5A7A2E), rgb(0x4B5FB0), rgb(0xA0563A), rgb(0x4F7D7A)};
  // Neighbours in number are often neighbours in time.
  return palette[site * 7 % palette.size()];
}

void apply_theme(float scale) {
  ImGuiStyle style;  // a fresh one: scaling twice would add up
  style.WindowPadding = {14, 12};
  style.FramePadding = {9, 5};
  style.CellPadding = {6, 4};
  style.ItemSpacing = {9, 7};
  style.ItemInnerSpacing = {6, 5};
  style.ScrollbarSize = 13;
  style.WindowRounding = 0;
  style.ChildRounding = 7;
  style.FrameRounding = 5;
  style.PopupRounding = 7;
  style.GrabRounding = 5;
  style.ScrollbarRounding = 7;
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 1;
  style.PopupBorderSize = 1;
  style.FrameBorderSize = 0;
  style.ScaleAllSizes(scale);

  ImVec4* of = style.Colors;
  of[ImGuiCol_Text] = text;
  of[ImGuiCol_TextDisabled] = quiet;
  of[ImGuiCol_WindowBg] = ground;
  of[ImGuiCol_ChildBg] = card;
  of[ImGuiCol_PopupBg] = raised;
  of[ImGuiCol_Border] = line;
  of[ImGuiCol_FrameBg] = raised;
  of[ImGuiCol_FrameBgHovered] = hovered;
  of[ImGuiCol_FrameBgActive] = hovered;
  of[ImGuiCol_ScrollbarBg] = faded(ground, 0);
  of[ImGuiCol_ScrollbarGrab] = line;
  of[ImGuiCol_ScrollbarGrabHovered] = faint;
  of[ImGuiCol_ScrollbarGrabActive] = faint;
  of[ImGuiCol_CheckMark] = accent;
  of[ImGuiCol_Button] = raised;
  of[ImGuiCol_ButtonHovered] = hovered;
  of[ImGuiCol_ButtonActive] = chosen;
  of[ImGuiCol_Header] = chosen;
  of[ImGuiCol_HeaderHovered] = hovered;
  of[ImGuiCol_HeaderActive] = chosen;
  of[ImGuiCol_Separator] = line;
  of[ImGuiCol_TableHeaderBg] = raised;
  of[ImGuiCol_TableBorderStrong] = line;
  of[ImGuiCol_TableBorderLight] = grid;
  of[ImGuiCol_TableRowBg] = faded(card, 0);
  of[ImGuiCol_TableRowBgAlt] = rgb(0xFFFFFF, 0.022F);
  of[ImGuiCol_TextSelectedBg] = faded(accent, 0.35F);
  of[ImGuiCol_NavHighlight] = accent;
  of[ImGuiCol_ModalWindowDimBg] = rgb(0x05070A, 0.6F);
  ImGui::GetStyle() = style;
}

}  // namespace asioscope::viewer::colors
