// SPDX-License-Identifier: BSL-1.0
#include "views/timeline_summary.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace asioscope::viewer {
namespace {

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

}  // namespace

std::optional<model::site_share> draw_summary(const model::program& program,
                                              const model::range_summary& summary,
                                              std::int64_t span_ns, const char* title) {
  const auto span = static_cast<double>(std::max<std::int64_t>(span_ns, 1)) / 1e9;
  std::string head = title;
  head += summary.runs == 0 ? "nothing" : model::plural(summary.runs, "run", "runs");
  if (summary.runs != 0) head += ", together " + model::duration_text(seconds(summary.busy_ns));
  if (summary.is_cut) head += "; only the first were counted";
  if (summary.lost != 0) head += "; " + model::count_text(summary.lost) + " events were lost";
  print(head, colors::quiet);
  if (summary.shares.empty()) return {};
  constexpr ImGuiTableFlags flags = ImGuiTableFlags_RowBg | ImGuiTableFlags_ScrollY |
                                    ImGuiTableFlags_BordersInnerH |
                                    ImGuiTableFlags_NoBordersInBody | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable("summary", 5, flags)) return {};
  const float em = ImGui::GetFontSize();
  ImGui::TableSetupColumn("Handler", ImGuiTableColumnFlags_WidthStretch);
  constexpr std::array<const char*, 4> numbers = {"Share", "Together", "Runs", "Longest"};
  for (const char* heading : numbers)
    ImGui::TableSetupColumn(heading, ImGuiTableColumnFlags_WidthFixed, em * 6);
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  ImGui::TableNextColumn();
  print("Handler", colors::quiet, type().small);
  for (const char* heading : numbers) {
    ImGui::TableNextColumn();
    ImGui::PushFont(type().small);
    cell_number(heading, colors::quiet);
    ImGui::PopFont();
  }
  std::optional<model::site_share> found;
  int place = 0;
  for (const model::site_share& share : summary.shares) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::PushID(place++);
    const std::string name =
        fitted_name(program.site_name(share.site), ImGui::GetContentRegionAvail().x);
    const bool clicked =
        ImGui::Selectable(name.c_str(), false, ImGuiSelectableFlags_SpanAllColumns);
    explain(program.site_name(share.site) + " on loop " + program.loop_name(share.loop) +
            "\nClick to see its longest run.");
    ImGui::PopID();
    ImGui::TableNextColumn();
    cell_number(model::percent_text(seconds(share.busy_ns) / span));
    ImGui::TableNextColumn();
    cell_number(model::duration_text_ns(share.busy_ns));
    ImGui::TableNextColumn();
    cell_number(model::count_text(share.runs));
    ImGui::TableNextColumn();
    cell_number(model::duration_text_ns(share.longest_ns),
                share.slow != 0 ? ImVec4(colors::serious) : ImVec4(colors::text));
    if (clicked) found = share;
  }
  ImGui::EndTable();
  return found;
}

}  // namespace asioscope::viewer
