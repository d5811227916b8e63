// SPDX-License-Identifier: BSL-1.0
#include "views/task_names.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/columns.hpp"
#include "widgets/histogram_chart.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace asioscope::viewer {
namespace {

template <class Field>
auto by(Field field) {
  return [field](const task_name_row& left, const task_name_row& right) {
    return std::tie(left.*field, left.name) < std::tie(right.*field, right.name);
  };
}

column<task_name_row> number(const char* title, const char* help,
                             std::uint64_t task_name_row::*field, colors::role color) {
  return count_column<task_name_row>(title, help, 6.4F, field, by(field), color);
}

column<task_name_row> life(const char* title, const char* help, double task_name_row::*field) {
  return duration_column<task_name_row>(title, help, 5.4F, field, by(field));
}

const std::vector<column<task_name_row>>& columns() {
  static const std::vector<column<task_name_row>> all = {
      {"Task", "The name that they were spawned with, or their coroutine function.", 0, false,
       by(&task_name_row::name), [](const task_name_row& row) { cell_text(row.name); }},
      number("Live", "How many live now.", &task_name_row::live, colors::text),
      number("Spawned", "How many have been spawned since the program began.",
             &task_name_row::spawned, colors::text),
      {"Rate", "Spawned per second in the last minute.", 5.6F, true, by(&task_name_row::rate),
       [](const task_name_row& row) {
         cell_number(model::rate_text(row.rate), row.rate == 0 ? colors::faint : colors::text);
       }},
      number("Failed", "Left by an exception.", &task_name_row::failed, colors::critical),
      number("Cancelled", "Cancelled.", &task_name_row::cancelled, colors::serious),
      number("Abandoned", "Destroyed before they could end.", &task_name_row::abandoned,
             colors::serious),
      life("Mean", "How long those lived that have ended, in the mean.", &task_name_row::mean),
      life("p50", "Half of those that have ended lived no longer.", &task_name_row::p50),
      life("p99", "99 of 100 of those that have ended lived no longer.", &task_name_row::p99),
      {"Loop", "Where they run.", 8, false, by(&task_name_row::loop),
       [](const task_name_row& row) { cell_text(row.loop, colors::quiet); }},
  };
  return all;
}

}  // namespace

std::vector<task_name_row> task_name_rows(const model::program& program) {
  std::vector<task_name_row> rows;
  const std::int64_t since = program.start_of_last(model::limits::minute_ns);
  const double watched = static_cast<double>(program.time().monotonic_ns - since) / 1e9;
  for (const auto& [key, name] : program.task_names()) {
    const schema::task_statistics& figures = name.statistics();
    task_name_row row;
    row.key = key;
    row.name = program.site_name(key.second);
    row.loop = program.loop_name(key.first);
    row.spawned = figures.spawned;
    row.live = figures.spawned - std::min(figures.spawned, figures.finished);
    row.rate = watched > 0 ? static_cast<double>(name.spawned_since(since)) / watched : 0;
    row.failed = figures.failed;
    row.cancelled = figures.cancelled;
    row.abandoned = figures.abandoned;
    row.mean = figures.duration.mean_seconds();
    row.p50 = figures.duration.quantile_seconds(0.5);
    row.p99 = figures.duration.quantile_seconds(0.99);
    rows.push_back(std::move(row));
  }
  return rows;
}

bool task_names_view::draw(const model::program& program, const filter_box& filter,
                           navigation& where) {
  rows_ = task_name_rows(program);
  std::erase_if(
      rows_, [&](const task_name_row& row) { return !filter.passes(row.name + " " + row.loop); });
  if (rows_.empty()) {
    empty_state(filter.is_active() ? "No name matches the filter" : "No task was spawned yet",
                filter.is_active() ? "Esc clears it." : "Names appear here with the first task.");
    return false;
  }
  const auto selected = program.task_names().find(table_.selected);
  const bool has_detail = table_.has_selection && selected != program.task_names().end();
  const float room = ImGui::GetContentRegionAvail().y;
  const float detail = has_detail ? std::min(ImGui::GetFontSize() * 15, room * 0.45F) : 0;
  const float spacing = has_detail ? ImGui::GetStyle().ItemSpacing.y : 0;
  table_.copy = where.copy_table;
  draw_table("task names", columns(), rows_, table_,
             [](const task_name_row& row) { return row.key; }, {0, room - detail - spacing});
  return has_detail && draw_detail(program, selected->second);
}

bool task_names_view::draw_detail(const model::program& program, const model::task_name& name) {
  const schema::task_statistics& figures = name.statistics();
  ImGui::BeginChild("name", {0, 0}, true, ImGuiWindowFlags_NoScrollbar);
  chosen_ = program.site_name(figures.site);
  ImGui::AlignTextToFramePadding();
  print(fitted(chosen_, ImGui::GetContentRegionAvail().x * 0.7F), colors::strong, type().bold);
  ImGui::SameLine(0, ImGui::GetFontSize());
  const bool is_asked = ImGui::SmallButton("List them");
  explain("The tasks of this name, one by one.");
  histogram_chart({"life", "How long they lived", "From the spawn to the end, of those that ended.",
                   colors::accent},
                  figures.duration, ImGui::GetContentRegionAvail());
  ImGui::EndChild();
  return is_asked;
}

}  // namespace asioscope::viewer
