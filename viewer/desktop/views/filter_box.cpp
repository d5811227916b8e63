// SPDX-License-Identifier: BSL-1.0
#include "views/filter_box.hpp"

#include "platform/colors.hpp"
#include "widgets/text.hpp"

#include <imgui.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace asioscope::viewer {

std::string filter_box::help() const {
  std::string text =
      "Words that must occur, in any order; -word must not. \"Two words\" in quotes. /…/ is a "
      "regular expression: /^GET .*ID$/.";
  if (fields_.empty()) return text;
  text += "\nOne field only:";
  for (const filter_field& each : fields_)
    text += " " + std::string(each.name) + ":…";
  return text;
}

void filter_box::take_typed() {
  text_filter made(typed(), fields_);
  error_ = made.error();
  if (!error_.empty()) return;
  filter_ = std::move(made);
  in_force_ = typed();
}

void filter_box::draw(navigation& where) {
  if (where.focus_filter) {
    ImGui::SetKeyboardFocusHere();
    where.focus_filter = false;
  }
  ImGui::SetNextItemWidth(ImGui::GetFontSize() * 17);
  const bool is_wrong = !error_.empty();
  if (is_wrong) {
    ImGui::PushStyleColor(ImGuiCol_Border, colors::critical);
    ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1.5F);
  }
  const bool is_changed = ImGui::InputTextWithHint("##filter", "Filter: words, -without, /regex/",
                                                   typed_.data(), typed_.size());
  if (is_wrong) {
    ImGui::PopStyleVar();
    ImGui::PopStyleColor();
  }
  const ImVec2 low{ImGui::GetItemRectMin().x, ImGui::GetItemRectMax().y};
  if (!ImGui::IsItemActive()) explain(help());
  if (is_changed) take_typed();
  ImGui::SameLine(0, ImGui::GetFontSize() * 0.2F);
  draw_saved(where);
  if (!error_.empty()) draw_error(low.x, low.y);
}

// In a window of its own, so that nothing moves while somebody types.
void filter_box::draw_error(float left, float bottom) const {
  ImGui::SetNextWindowPos({left, bottom + 2});
  ImGui::Begin("##wrong filter", nullptr,
               ImGuiWindowFlags_Tooltip | ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoInputs |
                   ImGuiWindowFlags_NoFocusOnAppearing);
  print(error_, colors::critical);
  print(in_force_.empty() ? "Meanwhile nothing is filtered."
                          : "Meanwhile what is shown matches: " + in_force_,
        colors::quiet);
  ImGui::End();
}

void filter_box::draw_saved(navigation& where) {
  const char* const view = entry_of(where.current).name;
  if (ImGui::Button("▾")) ImGui::OpenPopup("saved filters");
  const ImVec2 below{ImGui::GetItemRectMin().x, ImGui::GetItemRectMax().y + 2};
  explain("Filters that you keep, of this view.");
  ImGui::SetNextWindowPos(below, ImGuiCond_Appearing);
  if (!ImGui::BeginPopup("saved filters")) return;
  const std::vector<std::string>& mine = where.habits.filters.of(view);
  const bool can_save = !in_force_.empty() && error_.empty();
  const bool is_saved = where.habits.filters.has(view, in_force_);
  if (can_save && !is_saved) {
    const std::string label = "Keep  " + in_force_;
    if (ImGui::Selectable(label.c_str())) where.habits.filters.add(view, in_force_);
    if (!mine.empty()) ImGui::Separator();
  }
  if (mine.empty() && !can_save)
    print("None yet: type a filter, then keep it here.", colors::quiet);
  std::optional<std::string> removed;
  float widest = ImGui::GetFontSize() * 12;
  for (const std::string& each : mine)
    widest = std::max(widest, ImGui::CalcTextSize(each.c_str()).x);
  for (const std::string& each : mine) {
    ImGui::PushID(each.c_str());
    if (ImGui::Selectable(each.c_str(), each == in_force_, 0, {widest, 0})) set(each);
    ImGui::SameLine();
    if (ImGui::SmallButton("×")) removed = each;
    explain("Keep it no longer.");
    ImGui::PopID();
  }
  if (removed) where.habits.filters.remove(view, *removed);
  ImGui::EndPopup();
}

void filter_box::set(std::string_view text) {
  typed_.fill('\0');
  text.copy(typed_.data(), typed_.size() - 1);
  take_typed();
}

bool filter_box::clear() {
  const bool had_text = !typed().empty();
  set({});
  return had_text;
}

}  // namespace asioscope::viewer
