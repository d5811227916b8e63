// SPDX-License-Identifier: BSL-1.0
#include "views/tasks.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/task_columns.hpp"
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

// Widths of the window below which letters are small, and what is looked at least is hidden at
// first.
constexpr float small_ems = 100;
constexpr float narrow_ems = 80;

std::function<bool(const task_row&, const task_row&)> order_of(
    const std::function<bool(const task_row&, const task_row&)>& less, bool is_falling) {
  if (!is_falling) return less;
  return [less](const task_row& left, const task_row& right) { return less(right, left); };
}

}  // namespace

bool tasks_view::back() {
  if (shape_ == shape::names && names_.back()) return true;
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
  const bool is_tree = shape_ == shape::tree;
  // What a filter finds is to be seen; without one, a million would be.
  const std::string sought = filter_.in_force() + (range.chosen() ? " in range" : "");
  if (is_tree && sought != open_filter_) {
    open_filter_ = sought;
    open_.set_all(filter_.is_active() || range.chosen());
  }
  question += is_tree ? " tree " + std::to_string(open_.version()) : "";
  const std::size_t steps = is_tree ? tree_search_.steps() : search_.steps();
  const bool is_going_on = is_tree ? tree_search_.is_going_on() : search_.is_going_on();
  if (pace_.is_due(std::move(question), revision, is_going_on, steps)) {
    judge_ = model::task_judge(program);
    task_question wanted{.live = live_,
                         .ended = ended_,
                         .parent = {},
                         .filter = filter_.filter(),
                         .judge = judge_,
                         .comes_first = order_of(task_columns(program, judge_, {})[column].less,
                                                 table_.sort_descending),
                         .is_wanted = range.task_test(),
                         .asks_for_waiting = column == waiting_column,
                         .asks_for_site = column == site_column};
    search_ = {};
    if (is_tree) {
      tree_search_.begin(std::move(wanted), open_);
    } else {
      tree_search_.stop();
      search_.begin(std::move(wanted));
    }
  }
  if (is_tree && tree_search_.is_going_on()) {
    if (!tree_search_.step(program)) return;
    matches_ = tree_search_.visible();
    rows_ = tree_search_.take();
  } else if (search_.is_going_on()) {
    if (!search_.step(program)) return;
    matches_ = search_.matches();
    rows_ = search_.take();
  }
}

// Opens all above it.
void tasks_view::reveal(const model::program& program, std::uint64_t task) {
  if (shape_ != shape::tree) return;
  open_filter_.clear();
  const schema::task_info* info = program.tasks().find(task);
  for (std::size_t level = 0; info != nullptr && level < task_tree_search::most_levels; ++level) {
    const std::uint64_t above = info->parent;
    if (above != 0) open_.open(above);
    info = program.tasks().find(above);
  }
}

void tasks_view::draw(const model::program& program, std::uint64_t revision, navigation& where) {
  if (where.task_to_show != 0) {
    table_.selected = where.task_to_show;
    table_.has_selection = true;
    table_.scroll_to_selection = true;
    live_ = ended_ = true;
    if (shape_ == shape::names) shape_ = shape::list;
    filter_.clear();
    reveal(program, where.task_to_show);
    where.task_to_show = 0;
  }
  draw_head(program, where);
  if (shape_ == shape::names) {
    if (names_.draw(program, revision, filter_, where)) {
      shape_ = shape::list;
      filter_.set(names_.chosen());
    }
    return;
  }
  search(program, revision, where.range);
  const bool is_going_on = search_.is_going_on() || tree_search_.is_going_on();
  if (rows_.empty() && is_going_on) {
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
  if (selected != nullptr && !is_going_on) detail_.search(program, revision, *selected);
  const float room = ImGui::GetContentRegionAvail().y;
  const float em = ImGui::GetFontSize();
  // As high as what it shows, but the table keeps its share.
  const float detail =
      table_.has_selection
          ? std::clamp(selected == nullptr ? 0 : detail_.wanted_height(), em * 3, room * 0.58F)
          : 0;
  const float spacing = table_.has_selection ? ImGui::GetStyle().ItemSpacing.y : 0;
  const float width = ImGui::GetContentRegionAvail().x;
  const bool is_narrow = width < em * narrow_ems;
  const bool is_small = width < em * small_ems;
  if (is_small) ImGui::PushFont(type().small);
  table_.copy = where.copy_table;
  const bool is_tree = shape_ == shape::tree;
  table_.is_ordered = is_tree;
  draw_table("tasks", task_columns(program, judge_, {is_narrow, is_tree ? &open_ : nullptr}), rows_,
             table_, [](const task_row& row) { return row.id; }, {0, room - detail - spacing});
  if (is_small) ImGui::PopFont();
  if (table_.has_selection) draw_detail(program, where);
}

void tasks_view::draw_head(const model::program& program, navigation& where) {
  filter_.draw(where);
  const float em = ImGui::GetFontSize();
  ImGui::SameLine(0, em);
  const auto choice = [this](const char* label, shape which, const char* help) {
    if (ImGui::RadioButton(label, shape_ == which)) {
      if (shape_ != which) rows_.clear();
      shape_ = which;
    }
    explain(help);
    ImGui::SameLine();
  };
  choice("One by one", shape::list, "All of them, in the order of a column.");
  choice("By name", shape::names,
         "Their numbers and percentiles for each name, which is where they are spawned.");
  choice("Tree", shape::tree, "Each below the task that spawned it.");
  ImGui::SameLine(0, em);
  ImGui::BeginDisabled(shape_ == shape::names);
  ImGui::Checkbox("Live", &live_);
  ImGui::SameLine();
  ImGui::Checkbox("Ended", &ended_);
  ImGui::EndDisabled();
  explain("The tasks that ended last, a thousand at most.");
  if (shape_ == shape::tree) {
    ImGui::SameLine(0, em);
    const char* const label = open_.all() ? "Close all" : "Open all";
    if (ImGui::Button(label)) open_.set_all(!open_.all());
  }
  std::string count = model::count_text(program.tasks().live()) + " live, " +
                      model::count_text(program.sum().tasks_finished) + " finished";
  if (shape_ != shape::names && matches_ > rows_.size() && !rows_.empty()) {
    count = "the first " + model::count_text(rows_.size()) + " of " + model::count_text(matches_) +
            "  ·  " + count;
  }
  ImGui::SameLine(0, em);
  const float room = ImGui::GetContentRegionAvail().x;
  if (room < em * 3) return ImGui::NewLine();
  const std::string shown = fitted(count, room);
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + room - ImGui::CalcTextSize(shown.c_str()).x);
  print(shown, colors::quiet);
  explain(count);
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
      shape_ = shape::list;
      filter_.set("parent:" + std::to_string(selected->id));
      break;
    case task_detail::wish::none:
      break;
  }
}

}  // namespace asioscope::viewer
