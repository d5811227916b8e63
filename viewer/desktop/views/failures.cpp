// SPDX-License-Identifier: BSL-1.0
#include "views/failures.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/small_button.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace asioscope::viewer {
namespace {

using kind = model::failure::kind;

const char* name_of(kind of) {
  switch (of) {
    case kind::handler:
      return "handler";
    case kind::task:
      return "task";
    case kind::error_code:
      break;
  }
  return "error code";
}

// An error code is an answer that the program asked for; an exception is one that nobody caught.
ImVec4 color_of(kind of) { return of == kind::error_code ? colors::warning : colors::critical; }

template <class Field>
auto by(Field field) {
  return [field](const failure_row& left, const failure_row& right) {
    return std::tuple(field(left), right.name) < std::tuple(field(right), left.name);
  };
}

double seconds_ago(const model::program& program, const schema::report& report) {
  const std::int64_t past = program.time().monotonic_ns - report.time_ns;
  return static_cast<double>(std::max<std::int64_t>(past, 0)) / 1e9;
}

std::string ago_text(double seconds) { return model::duration_text(seconds) + " ago"; }

const std::vector<column<failure_row>>& columns() {
  static const std::vector<column<failure_row>> all = {
      {"What",
       "The type of the latest exception, as far as a report of it is kept, or the category of the "
       "error codes.",
       0, false, by([](const failure_row& row) { return row.what.type; }),
       [](const failure_row& row) {
         cell_text(row.what.type.empty() ? "an exception" : row.what.type, color_of(row.what.of));
       }},
      {"Where", "The handler or the task.", 20, false,
       by([](const failure_row& row) { return row.name; }),
       [](const failure_row& row) { cell_name(row.name); }},
      {"Of", "Exceptions that left a handler or a task, or error codes that a handler was given.",
       6.4F, false, by([](const failure_row& row) { return row.what.of; }),
       [](const failure_row& row) { cell_text(name_of(row.what.of), colors::quiet); }},
      {"Loop", "The loop on which it ran.", 8, false,
       by([](const failure_row& row) { return row.loop; }),
       [](const failure_row& row) { cell_text(row.loop, colors::quiet); }},
      {"Count",
       "How often, since the program began or in the chosen stretch of time. Of several categories "
       "of error codes in one handler the latter is not known.",
       5.4F, true, by([](const failure_row& row) { return row.what.count; }),
       [](const failure_row& row) {
         if (row.is_count_known)
           cell_number(model::count_text(row.what.count));
         else
           cell_number("–", colors::faint);
       }},
      {"Last minute",
       "How often in the last minute, as far as this viewer has watched or there are reports. Of "
       "several categories of "
       "error codes in one "
       "handler it is not known.",
       6.8F, true, by([](const failure_row& row) { return row.what.lately.value_or(0); }),
       [](const failure_row& row) {
         const std::uint64_t lately = row.what.lately.value_or(0);
         if (lately == 0)
           cell_number("–", colors::faint);
         else
           cell_number(model::count_text(lately), color_of(row.what.of));
       }},
      {"Latest", "When the latest came up of which a report is kept.", 6.4F, false,
       by([](const failure_row& row) { return row.last < 0 ? 1e18 : row.last; }),
       [](const failure_row& row) {
         if (row.last < 0)
           cell_number("–", colors::faint);
         else
           cell_number(ago_text(row.last), colors::quiet);
       }},
  };
  return all;
}

std::string sentence_of(const failure_row& row) {
  const std::string where =
      std::string(row.what.of == kind::task ? "task " : "") + row.name + " on loop " + row.loop;
  const std::string times = row.is_count_known ? model::plural(row.what.count, "time", "times")
                                               : std::string("or with one of another category");
  std::string text = row.what.of == kind::error_code
                         ? where + " was called with an error of " + row.what.type + " " + times
                         : "An exception left " + where + " " + times;
  if (row.what.lately) text += ", " + model::count_text(*row.what.lately) + " in the last minute";
  return text + ".";
}

}  // namespace

std::vector<failure_row> failure_rows(const model::program& program) {
  std::vector<failure_row> rows;
  for (model::failure& each : model::failures_of(program)) {
    failure_row row;
    row.name = program.site_name(each.where.second);
    row.loop = program.loop_name(each.where.first);
    if (!each.reports.empty()) row.last = seconds_ago(program, *each.reports.front());
    row.what = std::move(each);
    rows.push_back(std::move(row));
  }
  return rows;
}

namespace {

// How often it came up in the stretch, as the trace tells; nothing: not known.
std::optional<std::uint64_t> count_in(const model::range_figures& figures, const failure_row& row,
                                      bool is_one_of_several) {
  if (row.what.of == kind::task) {
    const auto ended = figures.ended_tasks.find(row.what.where);
    return ended == figures.ended_tasks.end() ? 0 : ended->second.failed;
  }
  const auto handler = figures.handlers.find(row.what.where);
  if (handler == figures.handlers.end()) return 0;
  if (row.what.of == kind::handler) return handler->second.figures.failed;
  const std::uint64_t errors = handler->second.figures.errors;
  return is_one_of_several && errors != 0 ? std::nullopt : std::optional(errors);
}

}  // namespace

std::vector<failure_row> failure_rows(const model::program& program, const range_filter& range) {
  std::vector<failure_row> rows = failure_rows(program);
  if (range.figures() == nullptr) return rows;
  std::map<model::program::key, int> categories;
  for (const failure_row& row : rows)
    categories[row.what.where] += row.what.of == kind::error_code ? 1 : 0;
  for (failure_row& row : rows) {
    std::erase_if(row.what.reports,
                  [&](const schema::report* each) { return !range.chosen()->has(each->time_ns); });
    const auto count = count_in(*range.figures(), row, categories[row.what.where] > 1);
    row.is_count_known = count.has_value();
    row.what.count = std::max<std::uint64_t>(count.value_or(0), row.what.reports.size());
    row.what.lately.reset();
    row.last = row.what.reports.empty() ? -1 : seconds_ago(program, *row.what.reports.front());
  }
  std::erase_if(rows,
                [](const failure_row& row) { return row.is_count_known && row.what.count == 0; });
  return rows;
}

bool failures_view::back() {
  if (table_.has_selection) {
    table_.has_selection = false;
    return true;
  }
  return filter_.clear();
}

void failures_view::draw(const model::program& program, navigation& where) {
  filter_.draw(where);
  rows_ = failure_rows(program, where.range);
  const bool none = rows_.empty();
  if (none && where.range.figures() != nullptr) {
    empty_state("Nothing failed in this stretch of time",
                "As far as the trace and the reports tell. The cross above shows all again.");
    return;
  }
  std::erase_if(rows_, [&](const failure_row& row) {
    std::string text = row.name + " " + row.loop + " " + row.what.type + " " + name_of(row.what.of);
    for (const schema::report* each : row.what.reports)
      text += " " + each->message;
    return !filter_.passes(text);
  });
  if (none) {
    empty_state("Nothing has failed",
                "Exceptions that leave a handler or a task appear here, and error codes that "
                "handlers are called with. Cancellations do not count.");
    return;
  }
  if (rows_.empty()) {
    empty_state("No failure matches the filter", "Esc clears it.");
    return;
  }
  const auto selected = std::ranges::find_if(
      rows_, [&](const failure_row& row) { return row.id() == table_.selected; });
  // The table sorts its rows.
  const std::optional<failure_row> detail =
      table_.has_selection && selected != rows_.end() ? std::optional(*selected) : std::nullopt;
  const float room = ImGui::GetContentRegionAvail().y;
  const float lower = detail ? room * 0.52F : 0;
  table_.copy = where.copy_table;
  draw_table("failures", columns(), rows_, table_, [](const failure_row& row) { return row.id(); },
             {0, room - lower - (detail ? ImGui::GetStyle().ItemSpacing.y : 0)});
  if (detail) draw_detail(program, *detail, where);
}

void failures_view::draw_detail(const model::program& program, const failure_row& row,
                                navigation& where) {
  ImGui::BeginChild("detail", {0, 0}, true);
  const float close = ImGui::GetFontSize() * 2;
  ImGui::PushFont(type().bold);
  print(fitted(row.what.type.empty() ? "An exception" : row.what.type,
               ImGui::GetContentRegionAvail().x - close),
        colors::strong);
  ImGui::PopFont();
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::GetFontSize() * 1.3F);
  if (ImGui::SmallButton("×")) table_.has_selection = false;
  ImGui::PushTextWrapPos(0);
  print(sentence_of(row), colors::text);
  ImGui::PopTextWrapPos();
  if (row.what.of != kind::task) {
    if (ImGui::Button("Handler")) where.show_site(row.what.where.second);
    explain("Shows the figures of this handler.");
  }
  if (row.what.reports.empty()) {
    const bool codes = row.what.of == kind::error_code;
    print(codes ? "Error codes are counted, not reported one by one." : "No report of it is kept.",
          colors::quiet);
  }
  int number = 0;
  for (const schema::report* each : row.what.reports) {
    ImGui::PushID(++number);
    ImGui::Separator();
    ImGui::PushTextWrapPos(0);
    print(each->message.empty() ? "It said nothing." : each->message, colors::strong);
    if (const std::string left = model::awaits_text(*each); !left.empty())
      print(left.substr(0, left.size() - 1), colors::text);
    ImGui::PopTextWrapPos();
    print(ago_text(seconds_ago(program, *each)), colors::quiet);
    if (each->task != 0) {
      ImGui::SameLine();
      if (small_button("Task")) where.show_task(each->task);
      explain("Shows the task that failed.");
    }
    ImGui::SameLine();
    if (small_button("Report")) where.show_report(each->id);
    explain("Shows the report with all that is known.");
    ImGui::PopID();
  }
  ImGui::EndChild();
}

}  // namespace asioscope::viewer
