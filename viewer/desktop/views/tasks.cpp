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

std::vector<column<task_row>> columns(const model::program& program) {
  return {
      {"State",
       "running: on a thread now; ready: spawned and not yet begun; suspended: waiting for "
       "something; "
       "abandoned: destroyed before it could end.",
       7.5F, false, by_state, [](const task_row& row) { draw_state(row.state); }},
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
      {"Runs", "How often it was on a thread.", 4.8F, true, by(&task_row::runs),
       [](const task_row& row) { cell_number(model::count_text(row.runs), tone(row)); }},
      {"Longest", "Its longest run without suspending.", 5.2F, true, by(&task_row::longest),
       [](const task_row& row) { cell_number(model::duration_text(row.longest), tone(row)); }},
      {"Id", "Never used twice within a program.", 6.4F, true, by(&task_row::id),
       [](const task_row& row) { cell_number(std::to_string(row.id), colors::quiet); }},
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
       }},
  };
}

constexpr std::size_t waiting_column = 2;

// A million tasks are looked at anew after that only, whatever comes in.
constexpr std::chrono::seconds rest_after_long_search{2};

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
  const std::string question = std::string(filter_.typed()) + (live_ ? " live" : "") +
                               (ended_ ? " ended " : " ") + std::to_string(column) +
                               (table_.sort_descending ? " falling" : "") + " range " +
                               std::to_string(range.revision());
  const auto now = std::chrono::steady_clock::now();
  const bool is_another = searched_ != question;
  const bool may_begin = !search_.is_going_on() &&
                         (search_.steps() < 2 || now - searched_at_ > rest_after_long_search);
  if (is_another || (may_begin && searched_revision_ != revision)) {
    searched_revision_ = revision;
    searched_ = question;
    searched_at_ = now;
    search_.begin({.live = live_,
                   .ended = ended_,
                   .filter = text_filter(filter_.typed()),
                   .comes_first = order_of(columns(program)[column].less, table_.sort_descending),
                   .is_wanted = range.task_test(),
                   .asks_for_waiting = column == waiting_column});
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
  const schema::task_info* selected =
      table_.has_selection ? program.tasks().find(table_.selected) : nullptr;
  const float room = ImGui::GetContentRegionAvail().y;
  const float steps =
      selected == nullptr ? 0 : static_cast<float>(program.awaits().steps(selected->id).size());
  // As high as what it shows, but the table keeps half.
  const float detail =
      table_.has_selection
          ? std::min(ImGui::GetFontSize() * 7.5F + steps * ImGui::GetTextLineHeightWithSpacing(),
                     room / 2)
          : 0;
  const float spacing = table_.has_selection ? ImGui::GetStyle().ItemSpacing.y : 0;
  table_.copy = where.copy_table;
  draw_table("tasks", columns(program), rows_, table_, [](const task_row& row) { return row.id; },
             {0, room - detail - spacing});
  if (!table_.has_selection) return;
  ImGui::BeginChild("detail", {0, 0}, true);
  if (selected != nullptr) {
    draw_detail(program, *selected, where);
  } else {
    print("Task " + std::to_string(table_.selected) + " has ended and is no longer kept.",
          colors::quiet);
  }
  ImGui::EndChild();
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

void tasks_view::draw_detail(const model::program& program, const schema::task_info& task,
                             navigation& where) {
  const task_row row = row_of(program, task);
  ImGui::PushFont(type().bold);
  print(fitted(row.name, ImGui::GetContentRegionAvail().x), colors::strong);
  ImGui::PopFont();
  const double share = row.age > 0 ? row.busy / row.age : 0;
  const double idle = std::max(0.0, row.age - row.busy - row.scheduled);
  const std::string facts =
      std::string(model::name_of(row.state)) + "  ·  task " + std::to_string(row.id) + " on loop " +
      row.loop + "  ·  " + (schema::is_live(row.state) ? "alive for " : "lived ") +
      model::duration_text(row.age) + ", of it " + model::duration_text(row.busy) + " (" +
      model::percent_text(share) + ") on a thread in " + model::plural(row.runs, "run", "runs") +
      ", " + model::duration_text(row.scheduled) + " waiting for one, " +
      model::duration_text(idle) + " idle";
  print(fitted(facts, ImGui::GetContentRegionAvail().x), colors::quiet);
  explain(facts);
  draw_awaits(program, task, where);
  draw_messages(program, task);
  // Its ancestors, the nearest first; the limit guards against a stream that names a circle.
  constexpr int most_ancestors = 8;
  std::uint64_t ancestor = task.parent;
  if (ancestor == 0) {
    print("Spawned from outside any task.", colors::faint);
    return;
  }
  ImGui::AlignTextToFramePadding();
  print("Spawned by", colors::quiet);
  for (int depth = 0; ancestor != 0 && depth < most_ancestors; ++depth) {
    ImGui::SameLine();
    const schema::task_info* info = program.tasks().find(ancestor);
    if (info == nullptr) {
      print("task " + std::to_string(ancestor) + ", which has ended", colors::faint);
      break;
    }
    ImGui::PushID(depth);
    const std::string label = program.site_name(info->site) + " " + std::to_string(ancestor);
    if (ImGui::Button(label.c_str())) where.show_task(ancestor);
    ImGui::PopID();
    ancestor = info->parent;
  }
}

namespace {

// ", for 3.2 s".
std::string suspended_text(const model::program& program, const schema::task_info& task) {
  if (task.suspended_since_ns == 0) return {};
  const std::int64_t past = program.time().monotonic_ns - task.suspended_since_ns;
  return ", for " +
         model::duration_text(static_cast<double>(std::max<std::int64_t>(past, 0)) / 1e9);
}

}  // namespace

void tasks_view::draw_messages(const model::program& program, const schema::task_info& task) {
  constexpr int most = 3;
  int left = most;
  const auto& messages = program.messages();
  for (std::size_t i = messages.size(); i-- > 0 && left > 0;) {
    const schema::text_message& each = messages[i];
    if (each.task != static_cast<std::uint32_t>(task.id) || !model::lived_at(task, each.time_ns))
      continue;
    --left;
    const std::int64_t past = program.time().monotonic_ns - each.time_ns;
    const std::string when =
        model::duration_text(static_cast<double>(std::max<std::int64_t>(past, 0)) / 1e9);
    print(fitted("“" + each.text + "”, " + when + " ago", ImGui::GetContentRegionAvail().x),
          colors::quiet);
    explain(each.text);
  }
}

void tasks_view::draw_awaits(const model::program& program, const schema::task_info& task,
                             navigation& where) {
  const auto steps = program.awaits().steps(task.id);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + static_cast<float>(i) * ImGui::GetFontSize());
    print(steps[i]->function, colors::strong);
    if (const std::string line = model::line_text(*steps[i]); !line.empty()) {
      ImGui::SameLine();
      print("awaits in " + line, colors::quiet);
      explain(steps[i]->file);
    }
    if (i + 1 < steps.size() || task.state != schema::task_state::suspended) continue;
    if (const auto line = program.resources().wait_of(task.id)) {
      ImGui::SameLine();
      print("for", colors::strong);
      ImGui::SameLine();
      const std::string label = model::name_of(*line->resource);
      if (ImGui::SmallButton(label.c_str())) where.show_resource(line->resource->id);
      ImGui::SameLine();
      print("place " + std::to_string(line->place + 1) + " of " +
                model::count_text(line->resource->waiting) + suspended_text(program, task),
            colors::strong);
      continue;
    }
    const std::string operation = program.awaits().operation(task.id);
    if (operation.empty()) continue;
    ImGui::SameLine();
    print("for " + operation + suspended_text(program, task), colors::strong);
  }
  const schema::await_chain* const chain = program.awaits().find(task.id);
  if (chain == nullptr) return;
  if (const std::string said = model::annotations_text(chain->scopes, chain->trace_id);
      !said.empty())
    print(said, colors::text);
}

}  // namespace asioscope::viewer
