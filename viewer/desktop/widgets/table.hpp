// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/colors.hpp"
#include "widgets/text.hpp"

#include <imgui.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace asioscope::viewer {

/// A column of a table of `Row`.
template <class Row>
struct column {
  const char* title = "";
  const char* help = "";  ///< what the number means: tooltip of the heading
  float ems = 0;          ///< width in letters' heights; 0: takes what is left
  bool highest_first = true;
  std::function<bool(const Row&, const Row&)> less;
  std::function<void(const Row&)> draw;
  bool is_hidden = false;  ///< until the user asks for it, with the heading's right button
  float share = 1;         ///< of what is left, beside those of the other columns that take it
};

/// What the user chose in a table. The selection is a row's identity, not its place: it stays when
/// the order changes.
template <class Id>
struct table_state {
  Id selected{};
  bool has_selection = false;
  bool scroll_to_selection = false;
  bool copy = false;        ///< to the clipboard as CSV, all rows, with the next picture
  bool is_ordered = false;  ///< the rows come in their order, which follows the headings
  int sort_column = 0;
  bool sort_descending = true;
};

namespace table_detail {

template <class Row>
void draw_headings(const std::vector<column<Row>>& columns) {
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  for (std::size_t index = 0; index < columns.size(); ++index) {
    if (!ImGui::TableSetColumnIndex(static_cast<int>(index))) continue;
    // Numbers stand at the right edge, so do their headings, as far as the arrow leaves room.
    if (columns[index].ems > 0 && columns[index].highest_first) {
      const float arrow = ImGui::GetFontSize() * 0.65F + ImGui::GetStyle().FramePadding.x;
      const float spare =
          ImGui::GetContentRegionAvail().x - arrow - ImGui::CalcTextSize(columns[index].title).x;
      if (spare > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + spare);
    }
    ImGui::TableHeader(columns[index].title);
    explain(columns[index].help);
  }
}

/// RFC 4180.
[[nodiscard]] inline std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text)
    quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

template <class Row>
std::string csv_of(const std::vector<column<Row>>& columns, const std::vector<Row>& rows) {
  std::string result;
  for (std::size_t index = 0; index < columns.size(); ++index)
    result += (index == 0 ? "" : ",") + csv_field(columns[index].title);
  result += "\r\n";
  // What a cell draws beside its text is not to be seen.
  ImGui::PushClipRect({0, 0}, {0, 0}, false);
  for (const Row& row : rows) {
    for (std::size_t index = 0; index < columns.size(); ++index) {
      const cell_reader reader;
      columns[index].draw(row);
      result += (index == 0 ? "" : ",") + csv_field(reader.text());
    }
    result += "\r\n";
  }
  ImGui::PopClipRect();
  return result;
}

}  // namespace table_detail

/// Draws `rows`, sorted by the column that the user clicked, and keeps `state`. Rows outside the
/// view cost nothing but the sort. `id_of(row)` names a row. Returns true when a row was clicked.
template <class Row, class Id, class IdOf>
bool draw_table(const char* name, const std::vector<column<Row>>& columns, std::vector<Row>& rows,
                table_state<Id>& state, IdOf id_of, ImVec2 size) {
  const int count = static_cast<int>(columns.size());
  constexpr ImGuiTableFlags flags =
      ImGuiTableFlags_Sortable | ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY |
      ImGuiTableFlags_Resizable | ImGuiTableFlags_Hideable | ImGuiTableFlags_Reorderable |
      ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_NoBordersInBody | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable(name, count, flags, size)) return false;
  const float em = ImGui::GetFontSize();
  for (int index = 0; index < count; ++index) {
    const column<Row>& each = columns[static_cast<std::size_t>(index)];
    ImGuiTableColumnFlags how =
        each.ems > 0 ? ImGuiTableColumnFlags_WidthFixed : ImGuiTableColumnFlags_WidthStretch;
    if (each.highest_first) how |= ImGuiTableColumnFlags_PreferSortDescending;
    if (index == state.sort_column) how |= ImGuiTableColumnFlags_DefaultSort;
    if (each.is_hidden) how |= ImGuiTableColumnFlags_DefaultHide;
    ImGui::TableSetupColumn(each.title, how, each.ems > 0 ? each.ems * em : each.share);
  }
  ImGui::TableSetupScrollFreeze(0, 1);
  table_detail::draw_headings(columns);

  if (const ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs();
      specs != nullptr && specs->SpecsCount > 0) {
    state.sort_column = specs->Specs[0].ColumnIndex;
    state.sort_descending = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
  }
  const auto& less = columns[static_cast<std::size_t>(state.sort_column)].less;
  const auto comes_first = [&](const Row& left, const Row& right) {
    return state.sort_descending ? less(right, left) : less(left, right);
  };
  if (!state.is_ordered && !std::ranges::is_sorted(rows, comes_first))
    std::ranges::stable_sort(rows, comes_first);
  if (std::exchange(state.copy, false))
    ImGui::SetClipboardText(table_detail::csv_of(columns, rows).c_str());

  bool clicked = false;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(rows.size()));
  if (state.scroll_to_selection) {
    const auto found = std::ranges::find_if(
        rows, [&](const Row& row) { return state.has_selection && id_of(row) == state.selected; });
    if (found != rows.end()) {
      const int place = static_cast<int>(found - rows.begin());
      clipper.ForceDisplayRangeByIndices(place, place + 1);
    }
  }
  while (clipper.Step()) {
    for (int place = clipper.DisplayStart; place < clipper.DisplayEnd; ++place) {
      const Row& row = rows[static_cast<std::size_t>(place)];
      const bool is_selected = state.has_selection && id_of(row) == state.selected;
      ImGui::TableNextRow();
      ImGui::PushID(place);
      for (int index = 0; index < count; ++index) {
        if (!ImGui::TableSetColumnIndex(index)) continue;
        if (index == 0) {
          // The whole row can be clicked, up to the next one; text is drawn over it.
          const ImVec2 spacing{ImGui::GetStyle().ItemSpacing.x,
                               ImGui::GetStyle().CellPadding.y * 2};
          ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, spacing);
          const bool is_clicked = ImGui::Selectable(
              "##row", is_selected,
              ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowItemOverlap);
          ImGui::PopStyleVar();
          if (is_clicked) {
            state.has_selection = !is_selected;
            state.selected = id_of(row);
            clicked = true;
          }
          if (is_selected && state.scroll_to_selection) {
            ImGui::SetScrollHereY();
            state.scroll_to_selection = false;
          }
          ImGui::SameLine(0, 0);
        }
        columns[static_cast<std::size_t>(index)].draw(row);
      }
      ImGui::PopID();
    }
  }
  ImGui::EndTable();
  return clicked;
}

}  // namespace asioscope::viewer
