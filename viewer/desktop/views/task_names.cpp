// SPDX-License-Identifier: BSL-1.0
#include "views/task_names.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/task_search.hpp"
#include "widgets/columns.hpp"
#include "widgets/duration_chart.hpp"
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

using row_column = column<task_name_row>;

row_column number(const char* title, const char* help, std::uint64_t task_name_row::*field,
                  colors::role color, bool is_hidden = false) {
  row_column made = count_column<task_name_row>(title, help, 5.4F, field, by(field), color);
  made.is_hidden = is_hidden;
  return made;
}

row_column time(const char* title, const char* help, double task_name_row::*field,
                bool is_hidden = false) {
  row_column made = duration_column<task_name_row>(title, help, 5.6F, field, by(field));
  made.is_hidden = is_hidden;
  return made;
}

// What is looked at least is hidden at first in a narrow window.
std::vector<row_column> columns(bool is_narrow) {
  using row = task_name_row;
  return {
      {"Task", "The name that they were spawned with, or their coroutine function.", 0, false,
       by(&row::name), [](const row& each) { cell_text(each.name); }},
      number("Live", "How many live now.", &row::live, colors::text),
      number("Running", "How many of those are on a thread.", &row::running, colors::good),
      number("Waiting", "How many of those are suspended: they wait for something.", &row::waiting,
             colors::text, is_narrow),
      number("Spawned", "How many have been spawned since the program began.", &row::spawned,
             colors::text, is_narrow),
      {"Rate", "Spawned per second in the last minute.", 5.2F, true, by(&row::rate),
       [](const row& each) {
         cell_number(model::rate_text(each.rate), each.rate == 0 ? colors::faint : colors::text);
       }},
      number("Failed", "Left by an exception.", &row::failed, colors::critical),
      number("Cancelled", "Cancelled.", &row::cancelled, colors::serious, is_narrow),
      number("Abandoned", "Destroyed before they could end.", &row::abandoned, colors::serious,
             is_narrow),
      time("Mean", "How long those lived that have ended, in the mean.", &row::mean, true),
      time("Life p50", "Half of those that have ended lived no longer.", &row::p50),
      time("Life p90", "9 of 10 of those that have ended lived no longer.", &row::p90, is_narrow),
      time("Life p99", "99 of 100 of those that have ended lived no longer.", &row::p99),
      time("Age p50", "Half of those that live are no older.", &row::age_p50, is_narrow),
      time("Age p99", "99 of 100 of those that live are no older.", &row::age_p99),
      time("Busy p50",
           "Half of those that live or ended lately were on a thread for no longer, in all.",
           &row::busy_p50, is_narrow),
      time("Busy p99",
           "99 of 100 of those that live or ended lately were on a thread for no longer, in all.",
           &row::busy_p99),
      {"Loop", "Where they run.", 6, false, by(&row::loop),
       [](const row& each) { cell_text(each.loop, colors::quiet); }, is_narrow},
  };
}

// A name has some of the fields of its tasks; the others are empty.
bool passes(const filter_box& filter, const task_name_row& row) {
  return filter.passes([&](std::size_t field) {
    switch (static_cast<task_field>(field)) {
      case task_field::name:
        return row.name;
      case task_field::loop:
        return row.loop;
      case task_field::state:
      case task_field::site:
      case task_field::waits:
      case task_field::id:
      case task_field::parent:
        break;
    }
    return std::string();
  });
}

}  // namespace

std::vector<task_name_row> task_name_rows(const model::program& program,
                                          const task_groups& groups) {
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
    row.p90 = figures.duration.quantile_seconds(0.9);
    row.p99 = figures.duration.quantile_seconds(0.99);
    if (const auto found = groups.find(key); found != groups.end()) {
      const task_group& group = found->second;
      row.running = group.running;
      row.waiting = group.suspended;
      row.age_p50 = group.age.quantile_seconds(0.5);
      row.age_p99 = group.age.quantile_seconds(0.99);
      row.busy_p50 = group.busy.quantile_seconds(0.5);
      row.busy_p99 = group.busy.quantile_seconds(0.99);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void task_names_view::search(const model::program& program, std::uint64_t revision) {
  if (pace_.is_due("names", revision, search_.is_going_on(), search_.steps())) search_.begin();
  if (search_.is_going_on() && search_.step(program)) groups_ = search_.take();
}

bool task_names_view::draw(const model::program& program, std::uint64_t revision,
                           const filter_box& filter, navigation& where) {
  search(program, revision);
  rows_ = task_name_rows(program, groups_);
  std::erase_if(rows_, [&](const task_name_row& row) { return !passes(filter, row); });
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
  const bool is_narrow = ImGui::GetContentRegionAvail().x < ImGui::GetFontSize() * 110;
  if (is_narrow) ImGui::PushFont(type().small);
  table_.copy = where.copy_table;
  draw_table("task names", columns(is_narrow), rows_, table_,
             [](const task_name_row& row) { return row.key; }, {0, room - detail - spacing});
  if (is_narrow) ImGui::PopFont();
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
  const auto group = groups_.find({figures.loop, figures.site});
  static const task_group nothing;
  const task_group& single = group == groups_.end() ? nothing : group->second;
  const float gap = ImGui::GetFontSize() * 1.6F;
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const ImVec2 size{(room.x - gap * 2) / 3, room.y};
  duration_chart({"life", "How long they lived", "From the spawn to the end, of those that ended.",
                  colors::accent},
                 figures.duration, size);
  ImGui::SameLine(0, gap);
  duration_chart({"age", "Age", "From the spawn until now, of those that live.", colors::queue},
                 single.age, size);
  ImGui::SameLine(0, gap);
  duration_chart(
      {"busy", "Busy", "All the runs of each together, of those that live or ended lately.",
       colors::good},
      single.busy, size);
  ImGui::EndChild();
  return is_asked;
}

}  // namespace asioscope::viewer
