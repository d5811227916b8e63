// SPDX-License-Identifier: BSL-1.0
#include "views/task_names.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/task_search.hpp"
#include "widgets/columns.hpp"
#include "widgets/duration_chart.hpp"
#include "widgets/small_button.hpp"
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
  row_column made = count_column<task_name_row>(title, help, 6.2F, field, by(field), color);
  made.is_hidden = is_hidden;
  return made;
}

row_column time(const char* title, const char* help, double task_name_row::*field,
                bool is_hidden = false) {
  row_column made = duration_column<task_name_row>(title, help, 5.6F, field, by(field));
  made.is_hidden = is_hidden;
  return made;
}

row_column name() {
  return {"Task",
          "The name that they were spawned with, or their coroutine function.",
          0,
          false,
          by(&task_name_row::name),
          [](const task_name_row& row) { cell_name(row.name); }};
}

row_column rate(const char* help) {
  return {"Rate", help, 5.2F, true, by(&task_name_row::rate), [](const task_name_row& row) {
            cell_number(model::rate_text(row.rate), row.rate == 0 ? colors::faint : colors::text);
          }};
}

row_column loop(bool is_hidden = false) {
  return {"Loop",
          "Where they run.",
          6,
          false,
          by(&task_name_row::loop),
          [](const task_name_row& row) { cell_text(row.loop, colors::quiet); },
          is_hidden};
}

// What is looked at least is hidden at first in a narrow window.
std::vector<row_column> columns(bool is_narrow) {
  using row = task_name_row;
  return {
      name(),
      number("Live", "How many live now.", &row::live, colors::text),
      number("Running", "How many of those are on a thread.", &row::running, colors::good),
      number("Waiting", "How many of those are suspended: they wait for something.", &row::waiting,
             colors::text, is_narrow),
      number("Spawned", "How many have been spawned since the program began.", &row::spawned,
             colors::text, is_narrow),
      rate("Spawned per second in the last minute."),
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
      loop(is_narrow),
  };
}

std::vector<row_column> columns_of_range() {
  using row = task_name_row;
  return {
      name(),
      number("Ended", "How many ended in the chosen stretch of time.", &row::ended, colors::text),
      rate("Ended per second in the chosen stretch of time."),
      number("Failed", "Of those that ended: left by an exception.", &row::failed,
             colors::critical),
      number("Cancelled", "Of those that ended: cancelled.", &row::cancelled, colors::serious),
      number("Abandoned", "Of those that ended: destroyed before they could.", &row::abandoned,
             colors::serious),
      time("Mean", "How long those lived that ended, in the mean.", &row::mean),
      time("Life p50", "Half of those that ended lived no longer.", &row::p50),
      time("Life p90", "9 of 10 of those that ended lived no longer.", &row::p90),
      time("Life p99", "99 of 100 of those that ended lived no longer.", &row::p99),
      loop(),
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

task_name_row row_of(const model::program& program, const schema::task_statistics& figures) {
  task_name_row row;
  row.key = {figures.loop, figures.site};
  row.name = program.site_name(figures.site);
  row.loop = program.loop_name(figures.loop);
  row.spawned = figures.spawned;
  row.ended = figures.finished;
  row.failed = figures.failed;
  row.cancelled = figures.cancelled;
  row.abandoned = figures.abandoned;
  row.mean = figures.duration.mean_seconds();
  row.p50 = figures.duration.quantile_seconds(0.5);
  row.p90 = figures.duration.quantile_seconds(0.9);
  row.p99 = figures.duration.quantile_seconds(0.99);
  return row;
}

}  // namespace

std::vector<task_name_row> task_name_rows(const model::program& program,
                                          const range_filter& range) {
  std::vector<task_name_row> rows;
  if (range.figures() == nullptr) return rows;
  const double seconds =
      static_cast<double>(range.chosen()->end_ns - range.chosen()->begin_ns) / 1e9;
  for (const auto& [key, figures] : range.figures()->ended_tasks) {
    task_name_row row = row_of(program, figures);
    row.rate = seconds > 0 ? static_cast<double>(row.ended) / seconds : 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<task_name_row> task_name_rows(const model::program& program,
                                          const task_groups& groups) {
  std::vector<task_name_row> rows;
  const std::int64_t since = program.start_of_last(model::limits::minute_ns);
  const double watched = static_cast<double>(program.time().monotonic_ns - since) / 1e9;
  for (const auto& [key, name] : program.task_names()) {
    const schema::task_statistics& figures = name.statistics();
    task_name_row row = row_of(program, figures);
    row.live = row.spawned - std::min(row.spawned, row.ended);
    row.rate = watched > 0 ? static_cast<double>(name.spawned_since(since)) / watched : 0;
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
  const bool is_range = where.range.figures() != nullptr;
  search(program, revision);
  rows_ = is_range ? task_name_rows(program, where.range) : task_name_rows(program, groups_);
  std::erase_if(rows_, [&](const task_name_row& row) { return !passes(filter, row); });
  if (rows_.empty()) {
    if (filter.is_active()) {
      empty_state("No name matches the filter", "Esc clears it.");
    } else if (is_range) {
      empty_state("No task ended in this stretch of time",
                  "As far as the trace tells. The cross above shows all names again.");
    } else {
      empty_state("No task was spawned yet", "Names appear here with the first task.");
    }
    return false;
  }
  const schema::task_statistics* const selected =
      table_.has_selection ? figures_of(program, where.range) : nullptr;
  const float room = ImGui::GetContentRegionAvail().y;
  const float detail = selected != nullptr ? std::min(ImGui::GetFontSize() * 15, room * 0.45F) : 0;
  const float spacing = selected != nullptr ? ImGui::GetStyle().ItemSpacing.y : 0;
  const bool is_narrow = ImGui::GetContentRegionAvail().x < ImGui::GetFontSize() * 110;
  if (is_narrow) ImGui::PushFont(type().small);
  table_.copy = range_table_.copy = where.copy_table;
  const ImVec2 size{0, room - detail - spacing};
  const auto key_of = [](const task_name_row& row) { return row.key; };
  if (is_range) {
    // Columns of its own, and so an order; but the same selection.
    range_table_.selected = table_.selected;
    range_table_.has_selection = table_.has_selection;
    draw_table("task names of a range", columns_of_range(), rows_, range_table_, key_of, size);
    table_.selected = range_table_.selected;
    table_.has_selection = range_table_.has_selection;
  } else {
    draw_table("task names", columns(is_narrow), rows_, table_, key_of, size);
  }
  if (is_narrow) ImGui::PopFont();
  return selected != nullptr && draw_detail(program, *selected, is_range);
}

const schema::task_statistics* task_names_view::figures_of(const model::program& program,
                                                           const range_filter& range) const {
  if (range.figures() != nullptr) {
    const auto found = range.figures()->ended_tasks.find(table_.selected);
    return found == range.figures()->ended_tasks.end() ? nullptr : &found->second;
  }
  const auto found = program.task_names().find(table_.selected);
  return found == program.task_names().end() ? nullptr : &found->second.statistics();
}

bool task_names_view::draw_detail(const model::program& program,
                                  const schema::task_statistics& figures, bool is_range) {
  ImGui::BeginChild("name", {0, 0}, true, ImGuiWindowFlags_NoScrollbar);
  chosen_ = program.site_name(figures.site);
  ImGui::AlignTextToFramePadding();
  print(fitted(chosen_, ImGui::GetContentRegionAvail().x * 0.7F), colors::strong, type().bold);
  ImGui::SameLine(0, ImGui::GetFontSize());
  const bool is_asked = small_button("List them");
  explain("The tasks of this name, one by one.");
  const float gap = ImGui::GetFontSize() * 1.6F;
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const ImVec2 size{is_range ? room.x : (room.x - gap * 2) / 3, room.y};
  duration_chart({"life", "How long they lived",
                  is_range ? "From the spawn to the end, of those that ended in the chosen "
                             "stretch of time, however long ago they were spawned."
                           : "From the spawn to the end, of those that ended.",
                  colors::accent},
                 figures.duration, size);
  if (!is_range) {
    const auto group = groups_.find({figures.loop, figures.site});
    static const task_group nothing;
    const task_group& single = group == groups_.end() ? nothing : group->second;
    ImGui::SameLine(0, gap);
    duration_chart({"age", "Age", "From the spawn until now, of those that live.", colors::queue},
                   single.age, size);
    ImGui::SameLine(0, gap);
    duration_chart(
        {"busy", "Busy", "All the runs of each together, of those that live or ended lately.",
         colors::good},
        single.busy, size);
  }
  ImGui::EndChild();
  return is_asked;
}

}  // namespace asioscope::viewer
