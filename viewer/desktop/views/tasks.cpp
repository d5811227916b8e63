// SPDX-License-Identifier: BSL-1.0
#include "views/tasks.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/names.hpp"
#include "asioscope/model/units.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

namespace asioscope::viewer {
namespace {

template <class Field>
auto by(Field field) {
  return [field](const task_row& left, const task_row& right) {
    return std::tie(left.*field, left.id) < std::tie(right.*field, right.id);
  };
}

// Of the living the oldest first, of the dead those that ended last.
bool by_state(const task_row& left, const task_row& right) {
  if (left.state != right.state) return left.state < right.state;
  return schema::is_live(left.state) ? left.id < right.id : left.id > right.id;
}

const char* sign_of(schema::task_state state) {
  switch (state) {
    case schema::task_state::running:
      return "▶";
    case schema::task_state::ready:
      return "◆";
    case schema::task_state::suspended:
      return "●";
    case schema::task_state::done:
      return "✓";
    case schema::task_state::failed:
      return "✗";
    case schema::task_state::cancelled:
    case schema::task_state::abandoned:
      break;
  }
  return "■";
}

void draw_state(schema::task_state state) {
  print(sign_of(state), colors::of(state));
  ImGui::SameLine(0, ImGui::GetFontSize() * 0.4F);
  cell_text(model::name_of(state), schema::is_live(state) ? colors::text : colors::quiet);
}

// What has ended stands back.
ImVec4 tone(const task_row& row) {
  return schema::is_live(row.state) ? colors::text : colors::quiet;
}

// The worst first, then those that have most.
bool by_warnings(const task_row& left, const task_row& right) {
  const auto key = [](const task_row& row) {
    return std::tuple(row.warnings.count != 0, row.warnings.worst, row.warnings.count, row.id);
  };
  return key(left) < key(right);
}

void draw_warnings(const model::program& program, const model::task_judge& judge,
                   const task_row& row) {
  if (row.warnings.count == 0) return cell_text("");
  const std::string count = std::to_string(row.warnings.count);
  const bool is_copied = cell_reader::current() != nullptr;
  cell_number(is_copied ? count : count + " ▲", colors::of(row.warnings.worst));
  if (is_copied || !ImGui::IsItemHovered()) return;
  const schema::task_info* const task = program.tasks().find(row.id);
  if (task == nullptr) return;
  std::string text;
  for (const model::task_warning& each : judge.warnings(program, *task))
    text += (text.empty() ? "" : "\n") + each.sentence;
  explain(text);
}

std::vector<column<task_row>> columns(const model::program& program, const model::task_judge& judge,
                                      bool is_narrow) {
  return {
      {"State",
       "running: on a thread now; ready: spawned and not yet begun; suspended: waiting for "
       "something; "
       "abandoned: destroyed before it could end.",
       7.5F, false, by_state, [](const task_row& row) { draw_state(row.state); }},
      {"Warn",
       "What is wrong with it: it blocks its thread, failed, waits in line, lives far longer than "
       "others of its name, is of a name that leaks, was kept from running, or had a slow run.",
       4.0F, true, by_warnings,
       [&program, &judge](const task_row& row) { draw_warnings(program, judge, row); }},
      {"Task", "The name that it was spawned with, or its coroutine function.", 0, false,
       by(&task_row::name), [](const task_row& row) { cell_text(row.name, tone(row)); }},
      {"Waits for",
       "The operation that a suspended task waits for, and the coroutine and line that awaits it. "
       "Click the task for the whole chain.",
       0, false, by(&task_row::waiting),
       [&program](const task_row& row) {
         const schema::task_info* task = program.tasks().find(row.id);
         cell_text(task == nullptr ? row.waiting : waiting_text(program, *task), colors::quiet);
       }},
      {"Age", "From its spawn until now, or until its end.", 6.6F, true, by(&task_row::age),
       [](const task_row& row) { cell_number(model::duration_text(row.age), tone(row)); }},
      {"Busy", "Time on a thread, with the run going on now.", 5.2F, true, by(&task_row::busy),
       [](const task_row& row) { cell_number(model::duration_text(row.busy), tone(row)); }},
      {"Scheduled",
       "Time ready and waiting for a thread, as far as it is known when it became ready.", 6.0F,
       true, by(&task_row::scheduled),
       [](const task_row& row) { cell_number(model::duration_text(row.scheduled), tone(row)); }},
      {"Idle", "What is left of its age: suspended, it waited for something.", 5.2F, true,
       by(&task_row::idle),
       [](const task_row& row) { cell_number(model::duration_text(row.idle), tone(row)); }},
      {"Runs", "How often it was on a thread.", 4.8F, true, by(&task_row::runs),
       [](const task_row& row) { cell_number(model::count_text(row.runs), tone(row)); }},
      {"Longest", "Its longest run without suspending.", 5.2F, true, by(&task_row::longest),
       [](const task_row& row) { cell_number(model::duration_text(row.longest), tone(row)); }},
      {"Id", "Never used twice within a program.", 6.4F, true, by(&task_row::id),
       [](const task_row& row) { cell_number(std::to_string(row.id), colors::quiet); }, is_narrow},
      {"Site",
       "The coroutine that it was spawned with, and the file of that; of live tasks, as far as "
       "the program knows.",
       0, false, by(&task_row::site),
       [&program](const task_row& row) {
         const std::string site = site_text(program, row.id);
         cell_text(site.empty() ? "–" : site, site.empty() ? colors::faint : colors::quiet);
       },
       is_narrow},
      {"Parent", "The task that spawned it.", 9, false, by(&task_row::parent),
       [&program](const task_row& row) {
         if (row.parent == 0) {
           cell_text("–", colors::faint);
           return;
         }
         const schema::task_info* parent = program.tasks().find(row.parent);
         const std::string id = std::to_string(row.parent);
         cell_text(parent == nullptr ? id : program.site_name(parent->site) + " " + id,
                   colors::quiet);
       },
       is_narrow},
  };
}

constexpr std::size_t waiting_column = 3;
constexpr std::size_t site_column = 11;

// Of the window, below which what is looked at least is hidden at first.
constexpr float narrow_ems = 100;

std::function<bool(const task_row&, const task_row&)> order_of(
    const std::function<bool(const task_row&, const task_row&)>& less, bool is_falling) {
  if (!is_falling) return less;
  return [less](const task_row& left, const task_row& right) { return less(right, left); };
}

}  // namespace

bool tasks_view::back() {
  if (by_name_ && names_.back()) return true;
  if (table_.has_selection) {
    table_.has_selection = false;
    return true;
  }
  return filter_.clear();
}

// A search that one picture does not finish goes on with the next; the rows that are shown stay
// until it is over.
void tasks_view::search(const model::program& program, std::uint64_t revision,
                        const range_filter& range) {
  const std::size_t column = static_cast<std::size_t>(table_.sort_column);
  std::string question = filter_.in_force() + (live_ ? " live" : "") + (ended_ ? " ended " : " ") +
                         std::to_string(column) + (table_.sort_descending ? " falling" : "") +
                         " range " + std::to_string(range.revision());
  if (pace_.is_due(std::move(question), revision, search_.is_going_on(), search_.steps())) {
    judge_ = model::task_judge(program);
    search_.begin({.live = live_,
                   .ended = ended_,
                   .parent = {},
                   .filter = filter_.filter(),
                   .judge = judge_,
                   .comes_first = order_of(columns(program, judge_, false)[column].less,
                                           table_.sort_descending),
                   .is_wanted = range.task_test(),
                   .asks_for_waiting = column == waiting_column,
                   .asks_for_site = column == site_column});
  } else if (!search_.is_going_on()) {
    return;
  }
  if (!search_.step(program)) return;
  matches_ = search_.matches();
  rows_ = search_.take();
}

void tasks_view::draw(const model::program& program, std::uint64_t revision, navigation& where) {
  if (where.task_to_show != 0) {
    table_.selected = where.task_to_show;
    table_.has_selection = true;
    table_.scroll_to_selection = true;
    live_ = ended_ = true;
    by_name_ = false;
    filter_.clear();
    where.task_to_show = 0;
  }
  draw_head(program, where);
  if (by_name_ && where.range.chosen())
    print("By name: since the program began, not in that stretch of time.", colors::warning);
  if (by_name_) {
    if (names_.draw(program, filter_, where)) {
      by_name_ = false;
      filter_.set(names_.chosen());
    }
    return;
  }
  search(program, revision, where.range);
  if (rows_.empty() && search_.is_going_on()) {
    empty_state("Looking through " + model::count_text(program.tasks().live()) + " tasks…", "");
    return;
  }
  if (rows_.empty()) {
    if (filter_.is_active()) {
      empty_state("No task matches the filter", "Esc clears it.");
    } else if (where.range.chosen()) {
      empty_state("No task that is still known ran or waited in this stretch of time",
                  "As far as the trace tells. The cross above shows all tasks again.");
    } else {
      empty_state(
          "No task here",
          "Coroutines appear here when the program spawns them with asioscope::co_spawn(executor, "
          "\"name\", …), or with any co_spawn when it is built with asioscope::hooks.");
    }
    return;
  }
  const schema::task_info* const selected =
      table_.has_selection ? program.tasks().find(table_.selected) : nullptr;
  if (selected != nullptr && !search_.is_going_on()) detail_.search(program, revision, *selected);
  const float room = ImGui::GetContentRegionAvail().y;
  const float em = ImGui::GetFontSize();
  // As high as what it shows, but the table keeps its share.
  const float detail =
      table_.has_selection
          ? std::clamp(selected == nullptr ? 0 : detail_.wanted_height(), em * 3, room * 0.58F)
          : 0;
  const float spacing = table_.has_selection ? ImGui::GetStyle().ItemSpacing.y : 0;
  const bool is_narrow = ImGui::GetContentRegionAvail().x < em * narrow_ems;
  if (is_narrow) ImGui::PushFont(type().small);
  table_.copy = where.copy_table;
  draw_table("tasks", columns(program, judge_, is_narrow), rows_, table_,
             [](const task_row& row) { return row.id; }, {0, room - detail - spacing});
  if (is_narrow) ImGui::PopFont();
  if (table_.has_selection) draw_detail(program, where);
}

void tasks_view::draw_head(const model::program& program, navigation& where) {
  filter_.draw(where);
  ImGui::SameLine(0, ImGui::GetFontSize());
  if (ImGui::RadioButton("One by one", !by_name_)) by_name_ = false;
  ImGui::SameLine();
  if (ImGui::RadioButton("By name", by_name_)) by_name_ = true;
  explain("Their numbers, and how long they lived, for each name.");
  ImGui::SameLine(0, ImGui::GetFontSize());
  ImGui::BeginDisabled(by_name_);
  ImGui::Checkbox("Live", &live_);
  ImGui::SameLine();
  ImGui::Checkbox("Ended", &ended_);
  ImGui::EndDisabled();
  explain("The tasks that ended last, a thousand at most.");
  std::string count = model::count_text(program.tasks().live()) + " live, " +
                      model::count_text(program.sum().tasks_finished) + " finished";
  if (!by_name_ && matches_ > rows_.size()) {
    count = "the first " + model::count_text(rows_.size()) + " of " + model::count_text(matches_) +
            "  ·  " + count;
  }
  const float width = ImGui::CalcTextSize(count.c_str()).x;
  ImGui::SameLine(std::max(0.0F, ImGui::GetContentRegionMax().x - width));
  print(count, colors::quiet);
}

void tasks_view::draw_detail(const model::program& program, navigation& where) {
  const schema::task_info* const selected = program.tasks().find(table_.selected);
  if (selected == nullptr) {
    ImGui::BeginChild("detail", {0, 0}, true);
    print("Task " + std::to_string(table_.selected) + " has ended and is no longer kept.",
          colors::quiet);
    ImGui::EndChild();
    return;
  }
  switch (detail_.draw(program, *selected, judge_, where)) {
    case task_detail::wish::close:
      table_.has_selection = false;
      break;
    case task_detail::wish::list_children:
      filter_.set("parent:" + std::to_string(selected->id));
      break;
    case task_detail::wish::none:
      break;
  }
}

}  // namespace asioscope::viewer
