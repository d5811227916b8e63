// SPDX-License-Identifier: BSL-1.0
#include "platform/colors.hpp"

namespace asioscope::viewer::colors {
namespace {

const palette* in_use = &palette_of(theme::dark);

}  // namespace

role::operator ImVec4() const { return in_use->*which_; }

ImU32 packed(ImVec4 color) { return ImGui::ColorConvertFloat4ToU32(color); }

ImVec4 readable_on(ImVec4 fill) {
  const color behind = in_use->card;
  const auto seen = [&fill](float over, float under) {
    return over * fill.w + under * (1 - fill.w);
  };
  const float light = luminance(
      {seen(fill.x, behind.red), seen(fill.y, behind.green), seen(fill.z, behind.blue), 1});
  // Where black and white contrast alike, by the ratio of WCAG 2.
  return light < 0.18F ? rgb(0xFFFFFF) : rgb(0x05080C);
}

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
  // Neighbours in number are often neighbours in time.
  return in_use->site.at(site * 7 % in_use->sites);
}

void apply_theme(float scale, theme which) {
  in_use = &palette_of(which);
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
  of[ImGuiCol_TableRowBgAlt] = in_use->stripe;
  of[ImGuiCol_TextSelectedBg] = faded(accent, 0.35F);
  of[ImGuiCol_NavHighlight] = accent;
  of[ImGuiCol_ModalWindowDimBg] = in_use->veil;
  ImGui::GetStyle() = style;
}

}  // namespace asioscope::viewer::colors
