// SPDX-License-Identifier: BSL-1.0
#include "widgets/text.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace asioscope::viewer {
namespace {

float width_of(std::string_view text) {
  return ImGui::CalcTextSize(text.data(), text.data() + text.size()).x;
}

// The start of the character that `position` lies in.
std::size_t character_start(std::string_view text, std::size_t position) {
  while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xC0U) == 0x80)
    --position;
  return position;
}

bool is_of_name(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte >= 0x80 || std::isalnum(byte) != 0 || letter == '_';
}

// Takes the first qualifier away: false when there is none.
bool drop_qualifier(std::string& text) {
  const std::size_t colons = text.find("::");
  // A template's arguments and a function's parameters are not taken apart.
  if (colons == std::string::npos || text.find_first_of("<(") < colons) return false;
  std::size_t begin = colons;
  while (begin > 0 && is_of_name(text[begin - 1]))
    --begin;
  text.erase(begin, colons + 2 - begin);
  return true;
}

void show_cell(std::string_view text, const std::string& shown, ImVec4 color) {
  print(shown, color);
  if (shown.size() != text.size()) explain(text);
}

void centred(std::string_view text, ImVec4 color, ImFont* font, float width) {
  if (font != nullptr) ImGui::PushFont(font);
  const float left = ImGui::GetCursorPosX();
  ImGui::SetCursorPosX(left + std::max(0.0F, (width - width_of(text)) / 2));
  ImGui::PushTextWrapPos(left + width);
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextWrapped("%.*s", static_cast<int>(text.size()), text.data());
  ImGui::PopStyleColor();
  ImGui::PopTextWrapPos();
  if (font != nullptr) ImGui::PopFont();
}

}  // namespace

std::string fitted(std::string_view text, float width) {
  if (width_of(text) <= width) return std::string(text);
  constexpr std::string_view ellipsis = "…";
  const float room = width - width_of(ellipsis);
  std::size_t fits = 0;
  std::size_t too_long = text.size();
  while (too_long - fits > 1) {
    const std::size_t middle = (fits + too_long) / 2;
    (width_of(text.substr(0, middle)) <= room ? fits : too_long) = middle;
  }
  return std::string(text.substr(0, character_start(text, fits))) + std::string(ellipsis);
}

std::string fitted_name(std::string_view text, float width) {
  std::string shorter(text);
  while (width_of(shorter) > width && drop_qualifier(shorter))
    continue;
  return fitted(shorter, width);
}

void cell_text(std::string_view text, ImVec4 color) {
  if (cell_reader* reader = cell_reader::current()) return reader->take(text);
  show_cell(text, fitted(text, ImGui::GetContentRegionAvail().x), color);
}

void cell_text(std::string_view text) { cell_text(text, colors::text); }

void cell_name(std::string_view text, ImVec4 color) {
  if (cell_reader* reader = cell_reader::current()) return reader->take(text);
  show_cell(text, fitted_name(text, ImGui::GetContentRegionAvail().x), color);
}

void cell_name(std::string_view text) { cell_name(text, colors::text); }

void cell_number(std::string_view text, ImVec4 color) {
  if (cell_reader* reader = cell_reader::current()) return reader->take(text);
  const float room = ImGui::GetContentRegionAvail().x;
  const float spare = room - width_of(text);
  if (spare > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + spare);
  // Never a number that lacks a digit and does not look like it.
  show_cell(text, fitted(text, room), color);
}

void cell_number(std::string_view text) { cell_number(text, colors::text); }

void print(std::string_view text, ImVec4 color, ImFont* font) {
  if (cell_reader::current() != nullptr) return;
  if (font != nullptr) ImGui::PushFont(font);
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  ImGui::PopStyleColor();
  if (font != nullptr) ImGui::PopFont();
}

void explain(std::string_view text) {
  if (!ImGui::IsItemHovered()) return;
  ImGui::BeginTooltip();
  const float widest = ImGui::GetIO().DisplaySize.x * 0.6F;
  ImGui::PushTextWrapPos(std::min(ImGui::GetFontSize() * 34, widest));
  print(text, colors::text);
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

void empty_state(std::string_view headline, std::string_view advice) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  ImGui::Dummy({1, std::max(0.0F, room.y * 0.3F)});
  centred(headline, colors::text, type().title, room.x);
  centred(advice, colors::quiet, nullptr, room.x);
}

}  // namespace asioscope::viewer
