// SPDX-License-Identifier: BSL-1.0
#include "views/handlers.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/columns.hpp"
#include "widgets/histogram_chart.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <tuple>

namespace asioscope::viewer {
namespace {

using columns_type = std::vector<column<handler_row>>;

template <class Field>
auto by(Field field) {
  return [field](const handler_row& left, const handler_row& right) {
    return std::tie(left.*field, left.name) < std::tie(right.*field, right.name);
  };
}

column<handler_row> duration(const char* title, const char* help, double handler_row::*field,
                             float ems = 4.6F) {
  return duration_column<handler_row>(title, help, ems, field, by(field));
}

column<handler_row> trouble(const char* title, const char* help, std::uint64_t handler_row::*field,
                            colors::role color) {
  return count_column<handler_row>(title, help, 4.2F, field, by(field), color);
}

const columns_type& columns() {
  static const columns_type all = {
      {"Handler",
       "The function or type of the completion handler, and the operation that it completes.", 0,
       false, by(&handler_row::name),
       [](const handler_row& row) {
         if (row.operation.empty()) {
           cell_name(row.name);
           return;
         }
         // Where there is no room for both, the operation is in the tooltip.
         const std::string both = row.name + "  ·  " + row.operation;
         const float room = ImGui::GetContentRegionAvail().x;
         const bool fits = ImGui::CalcTextSize(both.c_str()).x <= room;
         if (fits || cell_reader::current() != nullptr) {
           cell_text(both);
           return;
         }
         print(fitted_name(row.name, room), colors::text);
         explain(both);
       }},
      {"Count", "How often it ran.", 5.4F, true, by(&handler_row::count),
       [](const handler_row& row) { cell_number(model::count_text(row.count)); }},
      {"Rate", "Runs per second in the last 10 seconds, or in the chosen stretch of time.", 5.6F,
       true, by(&handler_row::rate),
       [](const handler_row& row) {
         cell_number(model::rate_text(row.rate), row.rate == 0 ? colors::faint : colors::text);
       }},
      {"Busy", "Share of the time that a thread spent inside it: how much of the loop it takes.",
       4.4F, true, by(&handler_row::busy),
       [](const handler_row& row) {
         cell_number(model::percent_text(row.busy), row.busy == 0 ? colors::faint : colors::text);
       }},
      duration("Mean", "Mean duration of a run.", &handler_row::mean),
      duration("p50", "Half of the runs took no longer. Read from buckets, off by at most 9 %.",
               &handler_row::p50),
      duration("p99", "99 of 100 runs took no longer. Read from buckets, off by at most 9 %.",
               &handler_row::p99),
      duration("Max",
               "The longest run: exact since the start, read from its bucket for the last 10 s.",
               &handler_row::longest),
      duration("Wait p50",
               "Queue delay: from the moment it was ready to run until it ran. Half waited no "
               "longer.",
               &handler_row::delay_p50, 5.6F),
      duration("Wait p99", "Queue delay: 99 of 100 waited no longer.", &handler_row::delay_p99,
               5.6F),
      trouble("Slow", "Runs that took longer than the slow threshold.", &handler_row::slow,
              colors::warning),
      trouble("Failed", "Runs that an exception left.", &handler_row::failed, colors::critical),
  };
  return all;
}

}  // namespace

namespace {

// But for rate and busy, which are shares of a time.
handler_row row_of(const model::program& program, const model::program::key& key,
                   const schema::site_statistics& figures) {
  handler_row row;
  row.key = key;
  row.name = program.site_name(key.second);
  row.operation = program.site_operation(key.second);
  row.loop = program.loop_name(key.first);
  row.count = figures.run.count();
  row.mean = figures.run.mean_seconds();
  row.p50 = model::run_quantile_seconds(figures, 0.5);
  row.p99 = model::run_quantile_seconds(figures, 0.99);
  row.longest = static_cast<double>(figures.longest_ns) / 1e9;
  row.delay_p50 = figures.delay.quantile_seconds(0.5);
  row.delay_p99 = figures.delay.quantile_seconds(0.99);
  row.slow = figures.slow;
  row.failed = figures.failed;
  return row;
}

}  // namespace

std::vector<handler_row> handler_rows(const model::program& program, const range_filter& range) {
  std::vector<handler_row> rows;
  if (range.figures() == nullptr) return rows;
  const auto [begin_ns, end_ns] = *range.chosen();
  const double seconds = static_cast<double>(end_ns - begin_ns) / 1e9;
  for (const auto& [key, handler] : range.figures()->handlers) {
    handler_row row = row_of(program, key, handler.figures);
    row.rate = seconds > 0 ? static_cast<double>(row.count) / seconds : 0;
    row.busy = seconds > 0 ? static_cast<double>(handler.busy_ns) / 1e9 / seconds : 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<handler_row> handler_rows(const model::program& program, bool lately) {
  std::vector<handler_row> rows;
  const double window = program.window_seconds();
  const double whole = lately ? window : program.uptime_seconds();
  for (const auto& [key, site] : program.sites()) {
    const schema::site_statistics recent = site.since(program.window_start_ns());
    const schema::site_statistics& figures = lately ? recent : site.statistics();
    handler_row row = row_of(program, key, figures);
    row.rate = window > 0 ? static_cast<double>(recent.run.count()) / window : 0;
    row.busy = whole > 0 ? static_cast<double>(figures.run.sum_ns) / 1e9 / whole : 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

bool handlers_view::back() {
  if (table_.has_selection) {
    table_.has_selection = false;
    return true;
  }
  return filter_.clear();
}

void handlers_view::draw(const model::program& program, navigation& where) {
  if (where.site_to_show != 0) {
    for (const auto& [key, site] : program.sites()) {
      if (key.second != where.site_to_show) continue;
      table_.selected = key;
      table_.has_selection = true;
      table_.scroll_to_selection = true;
    }
    filter_.clear();
    where.site_to_show = 0;
  }
  draw_head(program, where);
  const bool keeps_to_range = where.range.figures() != nullptr;
  rows_ = keeps_to_range ? handler_rows(program, where.range) : handler_rows(program, lately_);
  std::erase_if(rows_, [&](const handler_row& row) {
    return !filter_.passes(row.name + " " + row.operation + " " + row.loop);
  });
  if (rows_.empty()) {
    if (filter_.is_active()) {
      empty_state("No handler matches the filter", "Esc clears it.");
    } else if (keeps_to_range) {
      empty_state("No handler ran in this stretch of time",
                  "As far as the trace tells. The cross above shows all handlers again.");
    } else {
      empty_state(
          "No handler has run yet",
          "Handlers appear here once they run on an instrumented executor, or anywhere when the "
          "program is built with asioscope::hooks.");
    }
    return;
  }
  const auto selected = program.sites().find(table_.selected);
  const bool has_detail = table_.has_selection && selected != program.sites().end();
  const float room = ImGui::GetContentRegionAvail().y;
  const float detail = has_detail ? std::min(ImGui::GetFontSize() * 17, room * 0.48F) : 0;
  const float spacing = has_detail ? ImGui::GetStyle().ItemSpacing.y : 0;
  const bool is_narrow = ImGui::GetContentRegionAvail().x < ImGui::GetFontSize() * 84;
  if (is_narrow) ImGui::PushFont(type().small);
  table_.copy = where.copy_table;
  draw_table("handlers", columns(), rows_, table_, [](const handler_row& row) { return row.key; },
             {0, room - detail - spacing});
  if (is_narrow) ImGui::PopFont();
  if (!has_detail) return;
  if (!keeps_to_range) {
    const schema::site_statistics& ever = selected->second.statistics();
    draw_detail(program, selected->second,
                lately_ ? selected->second.since(program.window_start_ns()) : ever, where);
    return;
  }
  const auto& handlers = where.range.figures()->handlers;
  const auto then = handlers.find(table_.selected);
  schema::site_statistics none;
  none.loop = table_.selected.first;
  none.site = table_.selected.second;
  draw_detail(program, selected->second, then == handlers.end() ? none : then->second.figures,
              where);
}

void handlers_view::draw_head(const model::program& program, navigation& where) {
  filter_.draw(where);
  ImGui::SameLine(0, ImGui::GetFontSize());
  ImGui::BeginDisabled(where.range.figures() != nullptr);
  if (ImGui::RadioButton("Last 10 s", lately_)) lately_ = true;
  explain("Figures of the last 10 seconds.");
  ImGui::SameLine();
  if (ImGui::RadioButton("Since start", !lately_)) lately_ = false;
  explain("Figures since the program began.");
  ImGui::EndDisabled();
  const std::size_t handlers = where.range.figures() == nullptr
                                   ? program.sites().size()
                                   : where.range.figures()->handlers.size();
  const std::string count = model::plural(handlers, "handler", "handlers");
  const float width = ImGui::CalcTextSize(count.c_str()).x;
  ImGui::SameLine(std::max(0.0F, ImGui::GetContentRegionMax().x - width));
  print(count, colors::quiet);
}

void handlers_view::find_run(const model::program& program, const model::run_question& wanted,
                             navigation& where) {
  if (const auto found = model::latest_run(program.trace(), wanted)) {
    where.show_run(*found);
  } else {
    not_found_ = table_.selected;
  }
}

void handlers_view::draw_detail(const model::program& program, const model::site& site,
                                const schema::site_statistics& figures, navigation& where) {
  const std::uint32_t id = figures.site;
  ImGui::BeginChild("detail", {0, 0}, true, ImGuiWindowFlags_NoScrollbar);
  const float close = ImGui::GetFontSize() * 2;
  ImGui::PushFont(type().bold);
  const std::string name = program.site_name(id);
  print(fitted(name, ImGui::GetContentRegionAvail().x - close), colors::strong);
  ImGui::PopFont();
  explain(name);
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::GetFontSize() * 1.3F);
  if (ImGui::SmallButton("×")) table_.has_selection = false;
  std::string facts = "loop " + program.loop_name(figures.loop);
  if (const std::string operation = program.site_operation(id); !operation.empty()) {
    facts = operation + " on " + facts;
  }
  facts += "  ·  longest ever " + model::duration_text_ns(site.statistics().longest_ns);
  facts += "  ·  " + model::count_text(figures.errors) + " with an error";
  // Of a stretch of time only their number is known.
  static const std::vector<schema::error_count> unknown;
  for (const schema::error_count& each :
       where.range.figures() == nullptr ? site.statistics().error_categories : unknown)
    facts += " · " + each.category + " " + model::count_text(each.count);
  facts += "  ·  " + model::count_text(figures.cancelled) + " cancelled";
  if (where.range.figures() == nullptr)
    facts += "  ·  " + model::count_text(figures.unrun) + " never ran";
  if (not_found_ == model::program::key{figures.loop, id})
    facts = "No such run is in the trace that is kept.  ·  " + facts;
  ImGui::PushFont(type().small);
  print(fitted(facts, ImGui::GetContentRegionAvail().x), colors::quiet);
  ImGui::PopFont();
  explain(facts);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float gap = ImGui::GetFontSize() * 2;
  const ImVec2 size{(room.x - gap) / 2, room.y};
  const char* click = program.trace().events() == 0
                          ? "Once the timeline has been opened, a click shows the latest such run."
                          : "Click: the latest such run in the timeline";
  const auto ask = [&](model::run_question::by measure, const duration_range& clicked) {
    const double most_ns = std::min(clicked.up_to * 1e9, 1e18);
    find_run(program,
             {figures.loop, id, measure, static_cast<std::uint64_t>(clicked.above * 1e9),
              static_cast<std::uint64_t>(most_ns)},
             where);
  };
  if (const auto clicked = histogram_chart(
          {"run", "Run: how long it ran", "Durations of the runs of this handler.",
           colors::utilisation, click, static_cast<double>(figures.longest_ns) / 1e9},
          figures.run, size))
    ask(model::run_question::by::duration, *clicked);
  ImGui::SameLine(0, gap);
  if (const auto clicked = histogram_chart(
          {"delay", "Wait: ready until it ran",
           "Queue delay: how long it was ready and waited for the loop.", colors::lag, click},
          figures.delay, size))
    ask(model::run_question::by::delay, *clicked);
  ImGui::EndChild();
}

}  // namespace asioscope::viewer
