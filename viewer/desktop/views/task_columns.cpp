// SPDX-License-Identifier: BSL-1.0
#include "views/task_columns.hpp"

#include "platform/colors.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/names.hpp"
#include "asioscope/model/units.hpp"

#include <algorithm>
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

// Its place in the tree: further in than the task that spawned it, a triangle that opens it.
void draw_branch(const task_row& row, open_nodes& open) {
  if (cell_reader::current() != nullptr) return;
  constexpr std::uint32_t deepest_shown = 16;
  const float em = ImGui::GetFontSize();
  const float indent = em * 0.9F * static_cast<float>(std::min(row.tree.depth, deepest_shown));
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + indent);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  if (row.tree.below == 0) {
    ImGui::Dummy({em * 1.1F, em});
  } else {
    if (ImGui::InvisibleButton("branch", {em * 1.1F, em})) open.toggle(row.id);
    explain(row.tree.is_open ? "Closes it." : "Opens it: what it spawned.");
    ImGui::GetWindowDrawList()->AddText(
        at, colors::packed(ImGui::IsItemHovered() ? colors::strong : colors::quiet),
        row.tree.is_open ? "▾" : "▸");
  }
  ImGui::SameLine(0, 0);
}

void draw_name(const task_row& row, open_nodes* tree) {
  if (tree == nullptr) return cell_name(row.name, tone(row));
  draw_branch(row, *tree);
  const std::string below = row.tree.below == 0 ? "" : "  +" + model::count_text(row.tree.below);
  cell_name(row.name + below, row.tree.is_match ? tone(row) : colors::faint);
}

}  // namespace

std::vector<column<task_row>> task_columns(const model::program& program,
                                           const model::task_judge& judge, const task_look& look) {
  const bool is_narrow = look.is_narrow;
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
       by(&task_row::name), [tree = look.tree](const task_row& row) { draw_name(row, tree); }},
      {"Waits for",
       "The operation that a suspended task waits for, and the coroutine and line that awaits it. "
       "Click the task for the whole chain.",
       0, false, by(&task_row::waiting),
       [&program](const task_row& row) {
         const schema::task_info* task = program.tasks().find(row.id);
         cell_name(task == nullptr ? row.waiting : waiting_text(program, *task), colors::quiet);
       },
       false, 1.6F},
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
      {"Id", "Never used twice within a program.", 8.0F, true, by(&task_row::id),
       [](const task_row& row) { cell_number(std::to_string(row.id), colors::quiet); }, is_narrow},
      {"Site",
       "The coroutine that it was spawned with, and the file of that; of live tasks, as far as "
       "the program knows.",
       0, false, by(&task_row::site),
       [&program](const task_row& row) {
         const std::string site = site_text(program, row.id);
         cell_name(site.empty() ? "–" : site, site.empty() ? colors::faint : colors::quiet);
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
         cell_name(parent == nullptr ? id : program.site_name(parent->site) + " " + id,
                   colors::quiet);
       },
       is_narrow},
  };
}

}  // namespace asioscope::viewer
