// SPDX-License-Identifier: BSL-1.0
#include "views/resources.hpp"

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

template <class Field>
auto by(Field field) {
  return [field](const resource_row& left, const resource_row& right) {
    return std::tie(left.*field, left.kind, left.name) <
           std::tie(right.*field, right.kind, right.name);
  };
}

bool is_bad(const std::string& state) { return state == "open" || state == "forced_open"; }

ImVec4 color_of_state(const resource_row& row) {
  if (row.gone) return colors::faint;
  // A queue that is open is well, a breaker is not.
  if (row.kind == "circuit_breaker" && is_bad(row.state)) return colors::serious;
  return row.state == "half_open" || row.state == "paused" ? colors::warning : colors::quiet;
}

// "3 / 4", and a bar behind it.
void draw_load(const resource_row& row) {
  if (!row.load) {
    cell_number("–", colors::faint);
    return;
  }
  if (row.share >= 0) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float filled = width * static_cast<float>(std::clamp(row.share, 0.0, 1.0));
    const ImVec4 color = row.load->is_full() ? colors::serious : colors::utilisation;
    ImGui::GetWindowDrawList()->AddRectFilled(
        at, {at.x + filled, at.y + ImGui::GetTextLineHeight()},
        colors::packed(colors::faded(color, 0.35F)), ImGui::GetFontSize() * 0.15F);
  }
  std::string text = model::amount_text(row.load->used);
  if (row.load->capacity > 0) text += " / " + model::amount_text(row.load->capacity);
  cell_number(text, row.load->is_full() ? colors::strong : colors::text);
}

column<resource_row> wait(const char* title, const char* help, double resource_row::*field) {
  return duration_column<resource_row>(title, help, 5.6F, field, by(field));
}

column<resource_row> number(const char* title, const char* help, std::uint64_t resource_row::*field,
                            colors::role color) {
  return count_column<resource_row>(title, help, 5.4F, field, by(field), color);
}

const std::vector<column<resource_row>>& columns() {
  static const std::vector<column<resource_row>> all = {
      {"Name", "The name that the program gave it.", 0, false, by(&resource_row::name),
       [](const resource_row& row) {
         cell_text(row.name, row.gone ? colors::quiet : colors::text);
       }},
      {"Kind", "The concurrency primitive.", 8.5F, false, by(&resource_row::kind),
       [](const resource_row& row) { cell_text(row.kind, colors::quiet); }},
      {"State", "Of those that have states: open, closed, half open, paused; gone: destroyed.",
       6.4F, false, by(&resource_row::state),
       [](const resource_row& row) {
         cell_text(row.gone ? "gone" : row.state, color_of_state(row));
       }},
      {"In use", "What is in use of what there is: permits, resources, items, running tasks.", 7.5F,
       true, by(&resource_row::share), [](const resource_row& row) { draw_load(row); }},
      number("Waiting", "Operations that wait for it now.", &resource_row::waiting, colors::strong),
      wait("Longest", "How long the operation that waits for longest has waited by now.",
           &resource_row::waited),
      number("Waits", "Waits that were granted. Those that had not to wait are not counted.",
             &resource_row::waits, colors::text),
      wait("Wait p50", "Of the waits that were granted, half took no longer.",
           &resource_row::wait_p50),
      wait("Wait p99", "Of the waits that were granted, 99 of 100 took no longer.",
           &resource_row::wait_p99),
      number("Timed out", "Waits that ended because their deadline passed.",
             &resource_row::timed_out, colors::warning),
  };
  return all;
}

std::vector<plot_step> steps_of(const model::program& program, const model::resource& subject,
                                double model::resource_sample::*field) {
  std::vector<plot_step> result;
  const auto& samples = subject.samples();
  result.reserve(samples.size());
  const auto seconds_ago = [&](std::int64_t moment) {
    return static_cast<double>(moment - program.time().monotonic_ns) / 1e9;
  };
  for (std::size_t index = 1; index < samples.size(); ++index)
    result.push_back({seconds_ago(samples[index - 1].at_ns), seconds_ago(samples[index].at_ns),
                      samples[index].*field, false});
  return result;
}

const plot_style use_style{"use", "In use",    "What was in use, once a second.",
                           "",    unit::count, colors::utilisation};
const plot_style line_style{"line", "Waiting",   "Operations that waited, once a second.",
                            "",     unit::count, colors::queue};

std::string task_text(const model::program& program, const schema::resource_use& use) {
  if (use.task == 0) return "outside any task";
  const schema::task_info* const task = program.tasks().find(use.task);
  const std::string number = "task " + std::to_string(use.task);
  return task == nullptr ? number : program.site_name(task->site) + " " + std::to_string(use.task);
}

// Who waits, or who holds: each a button that leads to the task.
void draw_uses(const model::program& program, const char* title, const char* nobody,
               const std::vector<schema::resource_use>& uses, std::uint64_t count,
               navigation& where) {
  constexpr std::size_t most = 12;
  ImGui::PushID(title);
  ImGui::AlignTextToFramePadding();
  print(title, colors::quiet);
  if (uses.empty()) {
    ImGui::SameLine();
    print(nobody, colors::faint);
  }
  for (std::size_t place = 0; place < std::min(uses.size(), most); ++place) {
    const schema::resource_use& each = uses[place];
    const double since = static_cast<double>(program.time().monotonic_ns - each.since_ns) / 1e9;
    const std::string label =
        task_text(program, each) + ", " + model::duration_text(std::max(since, 0.0));
    const float width = ImGui::CalcTextSize(label.c_str()).x + ImGui::GetStyle().FramePadding.x * 2;
    ImGui::SameLine();
    if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
    ImGui::PushID(static_cast<int>(place));
    if (each.task == 0) {
      print(label, colors::quiet);
    } else if (ImGui::Button(label.c_str())) {
      where.show_task(each.task);
    }
    ImGui::PopID();
  }
  const std::size_t shown = std::min(uses.size(), most);
  if (count > shown) {
    ImGui::SameLine();
    print("and " + model::count_text(count - shown) + " more", colors::quiet);
  }
  ImGui::PopID();
}

std::string figures_text(const schema::resource_info& info) {
  std::string text;
  for (const schema::resource_figure& each : info.figures)
    text += (text.empty() ? "" : "  ·  ") + each.name + " " + model::amount_text(each.value);
  for (const schema::occurrence_count& each : info.occurrences)
    text += (text.empty() ? "" : "  ·  ") + each.what + " " + model::count_text(each.count) + "×";
  return text;
}

}  // namespace

std::vector<resource_row> resource_rows(const model::program& program, bool gone) {
  std::vector<resource_row> rows;
  for (const auto& [id, each] : program.resources().by_id()) {
    const schema::resource_info& info = each.info();
    if (info.gone && !gone) continue;
    resource_row row;
    row.id = id;
    row.kind = info.kind;
    row.name = info.name;
    row.state = info.state;
    row.gone = info.gone;
    row.load = model::load_of(info);
    if (row.load && row.load->capacity > 0) row.share = row.load->used / row.load->capacity;
    row.waiting = info.waiting;
    row.waited = static_cast<double>(each.longest_wait_ns(program.time().monotonic_ns)) / 1e9;
    row.waits = info.wait.count();
    row.wait_p50 = info.wait.quantile_seconds(0.5);
    row.wait_p99 = info.wait.quantile_seconds(0.99);
    row.timed_out = info.timed_out;
    rows.push_back(std::move(row));
  }
  return rows;
}

bool resources_view::back() {
  if (table_.has_selection) {
    table_.has_selection = false;
    return true;
  }
  return filter_.clear();
}

void resources_view::draw(const model::program& program, navigation& where) {
  if (where.resource_to_show) {
    table_.selected = *where.resource_to_show;
    table_.has_selection = true;
    table_.scroll_to_selection = true;
    filter_.clear();
    where.resource_to_show.reset();
  }
  draw_head(program, where);
  rows_ = resource_rows(program, gone_);
  std::erase_if(rows_, [&](const resource_row& row) {
    return !filter_.passes(row.name + " " + row.kind + " " + row.state);
  });
  if (rows_.empty()) {
    if (filter_.is_active()) {
      empty_state("No resource matches the filter", "Esc clears it.");
    } else {
      empty_state("No resource has a name yet",
                  "Semaphores, pools, queues, limiters and breakers of asioscope::core appear here "
                  "when they are given a name: semaphore(executor, 4, \"uploads\").");
    }
    return;
  }
  const auto selected = program.resources().by_id().find(table_.selected);
  const bool has_detail = table_.has_selection && selected != program.resources().by_id().end();
  const float room = ImGui::GetContentRegionAvail().y;
  // As high as what it shows, but the table keeps its share.
  const float detail =
      has_detail ? std::min(std::max(wanted_height_, ImGui::GetFontSize() * 16), room * 0.7F) : 0;
  const float spacing = has_detail ? ImGui::GetStyle().ItemSpacing.y : 0;
  const bool is_narrow = ImGui::GetContentRegionAvail().x < ImGui::GetFontSize() * 80;
  if (is_narrow) ImGui::PushFont(type().small);
  table_.copy = where.copy_table;
  draw_table("resources", columns(), rows_, table_, [](const resource_row& row) { return row.id; },
             {0, room - detail - spacing});
  if (is_narrow) ImGui::PopFont();
  if (has_detail) draw_detail(program, selected->second, where);
}

void resources_view::draw_head(const model::program& program, navigation& where) {
  filter_.draw(where);
  ImGui::SameLine(0, ImGui::GetFontSize());
  ImGui::Checkbox("Gone", &gone_);
  explain("Those that were destroyed, with their totals.");
  const std::string count = model::plural(program.resources().live(), "resource", "resources");
  const float width = ImGui::CalcTextSize(count.c_str()).x;
  ImGui::SameLine(std::max(0.0F, ImGui::GetContentRegionMax().x - width));
  print(count, colors::quiet);
}

void resources_view::draw_detail(const model::program& program, const model::resource& subject,
                                 navigation& where) {
  const schema::resource_info& info = subject.info();
  ImGui::BeginChild("detail", {0, 0}, true);
  const float close = ImGui::GetFontSize() * 2;
  ImGui::PushFont(type().bold);
  print(fitted(model::name_of(info), ImGui::GetContentRegionAvail().x - close), colors::strong);
  ImGui::PopFont();
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::GetFontSize() * 1.3F);
  if (ImGui::SmallButton("×")) table_.has_selection = false;
  ImGui::PushFont(type().small);
  const std::string figures = figures_text(info);
  print(fitted(figures, ImGui::GetContentRegionAvail().x), colors::quiet);
  explain(figures);
  ImGui::PopFont();
  if (!info.holders.empty())
    draw_uses(program, "Held by", "", info.holders, info.holders.size(), where);
  draw_uses(program, "Waiting", "nobody", info.waiters, info.waiting, where);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float gap = ImGui::GetFontSize() * 1.6F;
  const float em = ImGui::GetFontSize();
  wanted_height_ = ImGui::GetCursorPosY() + ImGui::GetScrollY() + em * 11;
  const ImVec2 size{(room.x - gap * 2) / 3, std::max(room.y, em * 8)};
  plot(use_style, steps_of(program, subject, &model::resource_sample::used), time_, size);
  ImGui::SameLine(0, gap);
  plot(line_style, steps_of(program, subject, &model::resource_sample::waiting), time_, size);
  ImGui::SameLine(0, gap);
  histogram_chart({"wait", "Wait until granted",
                   "How long operations waited that got what they waited for.", colors::lag},
                  info.wait, size);
  ImGui::EndChild();
}

}  // namespace asioscope::viewer
