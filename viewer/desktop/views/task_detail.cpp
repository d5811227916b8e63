// SPDX-License-Identifier: BSL-1.0
#include "views/task_detail.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/task_links.hpp"
#include "views/task_strip.hpp"
#include "widgets/duration_chart.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/names.hpp"
#include "asioscope/model/units.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace asioscope::viewer {
namespace {

// Slices of the trace for each picture: about a millisecond.
constexpr std::size_t portion = 200'000;
constexpr std::size_t most_children = 8;
constexpr std::size_t most_scopes = 6;
// Two columns where they leave enough room for a sentence.
constexpr float wide_ems = 84;

// What lives first, the latest first.
bool child_comes_first(const task_row& left, const task_row& right) {
  const auto key = [](const task_row& row) {
    return std::tuple(!schema::is_live(row.state), ~row.id);
  };
  return key(left) < key(right);
}

std::string facts_of(const task_row& row) {
  const auto part = [&](double seconds) {
    const double share = row.age > 0 ? seconds / row.age : 0;
    return model::duration_text(seconds) + " (" + model::percent_text(share) + ")";
  };
  return std::string(model::name_of(row.state)) + "  ·  task " + std::to_string(row.id) +
         " on loop " + row.loop + "  ·  " + (schema::is_live(row.state) ? "alive for " : "lived ") +
         model::duration_text(row.age) + ": " + part(row.busy) + " on a thread in " +
         model::plural(row.runs, "run", "runs") + ", " + part(row.scheduled) +
         " waiting for one, " + part(row.idle) + " idle";
}

}  // namespace

void task_detail::search(const model::program& program, std::uint64_t revision,
                         const schema::task_info& task) {
  const std::string question = std::to_string(task.id);
  if (children_of_ != task.id) {
    children_of_ = task.id;
    children_.clear();
    children_count_ = children_live_ = 0;
    history_ = {};
  }
  if (history_pace_.is_due(question, revision, history_search_.is_going_on(),
                           history_search_.steps())) {
    history_search_.begin(program.trace(), program.untraced(), task, program.time().monotonic_ns);
  }
  if (children_pace_.is_due(question, revision, children_search_.is_going_on(),
                            children_search_.steps())) {
    task_question of_it;
    of_it.parent = task.id;
    of_it.comes_first = child_comes_first;
    children_search_.begin(std::move(of_it));
  }
  // One after the other: a picture has time for one portion.
  if (history_search_.is_going_on()) {
    if (!history_search_.step(portion)) return;
    history_ = history_search_.take();
    if (const auto line = program.resources().wait_of(task.id))
      history_.waits_since_ns = line->since_ns;
    return;
  }
  if (!children_search_.is_going_on() || !children_search_.step(program)) return;
  children_count_ = children_search_.matches();
  children_live_ = children_search_.live_matches();
  children_ = children_search_.take();
}

task_detail::wish task_detail::draw(const model::program& program, const schema::task_info& task,
                                    const model::task_judge& judge, navigation& where) {
  wish wanted = wish::none;
  const float em = ImGui::GetFontSize();
  ImGui::BeginChild("detail", {0, 0}, true);
  const float top = ImGui::GetCursorPosY();
  const task_row row = row_of(program, task);
  draw_title(row, wanted);
  const std::string facts = facts_of(row);
  print(fitted(facts, ImGui::GetContentRegionAvail().x), colors::quiet);
  explain(facts);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float frame = top + ImGui::GetStyle().WindowPadding.y;
  if (room.x > em * wide_ems) {
    const float begin = ImGui::GetCursorPosY();
    ImGui::BeginChild("story", {room.x * 0.5F, 0});
    draw_story(program, task, judge, where, wanted);
    const float story = ImGui::GetCursorPosY();
    ImGui::EndChild();
    ImGui::SameLine(0, em * 1.5F);
    ImGui::BeginChild("history", {0, 0});
    draw_history(program, task, where);
    const float history = ImGui::GetCursorPosY();
    ImGui::EndChild();
    wanted_height_ = begin + std::max(story, std::max(history, em * 15)) + frame;
  } else {
    draw_story(program, task, judge, where, wanted);
    draw_history(program, task, where);
    wanted_height_ = ImGui::GetCursorPosY() + ImGui::GetScrollY() + frame;
  }
  ImGui::EndChild();
  return wanted;
}

void task_detail::draw_title(const task_row& row, wish& wanted) {
  const float close = ImGui::GetFontSize() * 2;
  ImGui::PushFont(type().bold);
  print(fitted(row.name, ImGui::GetContentRegionAvail().x - close), colors::strong);
  ImGui::PopFont();
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::GetFontSize() * 1.3F);
  if (ImGui::SmallButton("×")) wanted = wish::close;
  explain("Esc");
}

void task_detail::draw_story(const model::program& program, const schema::task_info& task,
                             const model::task_judge& judge, navigation& where, wish& wanted) {
  for (const model::task_warning& each : judge.warnings(program, task)) {
    print("▲", colors::of(each.level));
    ImGui::SameLine(0, ImGui::GetFontSize() * 0.4F);
    print(fitted(each.sentence, ImGui::GetContentRegionAvail().x), colors::text);
    explain(each.sentence);
  }
  draw_waits(program, task, where);
  draw_held(program, task, where);
  draw_ancestors(program, task, where);
  draw_children(where, wanted);
  draw_scopes(program, where);
  draw_messages(program, task, where);
  draw_reports(program, task, where);
}

void task_detail::draw_children(navigation& where, wish& wanted) {
  if (children_count_ == 0) {
    print(children_search_.is_going_on() ? "Looking for what it started…"
                                         : "It started no task that lives or ended lately.",
          colors::faint);
    return;
  }
  ImGui::AlignTextToFramePadding();
  print("Started " + model::count_text(children_live_) + " that live, " +
            model::count_text(children_count_ - children_live_) + " that ended lately",
        colors::quiet);
  const std::size_t shown = std::min(children_.size(), most_children);
  for (std::size_t index = 0; index < shown; ++index) {
    const task_row& each = children_[index];
    const std::string label =
        each.name + " " + std::to_string(each.id) +
        (schema::is_live(each.state) ? "" : std::string(", ") + model::name_of(each.state));
    task_button(label, each.id, where);
  }
  if (children_count_ <= shown) return;
  const std::string more = "and " + model::count_text(children_count_ - shown) + " more";
  same_line_if_fits(more);
  if (ImGui::Button(more.c_str())) wanted = wish::list_children;
  explain("Lists all that it started.");
}

void task_detail::draw_scopes(const model::program& program, navigation& where) {
  if (history_.scopes.empty()) return;
  ImGui::AlignTextToFramePadding();
  print("Spans", colors::quiet);
  explain(
      "Scopes that it has left, as far as the trace holds them. Click: the longest, in the "
      "timeline.");
  const std::size_t shown = std::min(history_.scopes.size(), most_scopes);
  for (std::size_t index = 0; index < shown; ++index) {
    const model::scope_share& each = history_.scopes[index];
    const std::string label = program.site_name(each.site) + " " + model::count_text(each.count) +
                              "×, " + model::duration_text_ns(each.total_ns) + ", longest " +
                              model::duration_text_ns(each.longest.duration_ns);
    same_line_if_fits(label);
    ImGui::PushID(static_cast<int>(index));
    if (ImGui::Button(label.c_str()))
      where.show_moment(each.longest.begin_ns, each.longest.end_ns());
    ImGui::PopID();
  }
  if (history_.scopes.size() > shown) {
    ImGui::SameLine();
    print("and " + model::count_text(history_.scopes.size() - shown) + " more", colors::faint);
  }
}

void task_detail::draw_history(const model::program& program, const schema::task_info& task,
                               navigation& where) {
  const float em = ImGui::GetFontSize();
  if (history_.task != task.id) {
    print("Looking through the trace…", colors::faint);
    return;
  }
  if (!history_.is_known()) {
    ImGui::AlignTextToFramePadding();
    const bool is_before = program.trace().events() != 0;
    const std::string why = is_before
                                ? "It ended before the trace begins: its states and runs are "
                                  "not known one by one."
                                : "Its states and runs are known one by one only while events "
                                  "are recorded.";
    print(fitted(why, ImGui::GetContentRegionAvail().x), colors::quiet);
    explain(why);
    if (is_before || where.trace_wanted) return;
    if (ImGui::Button("Record")) where.trace_wanted = true;
    explain(
        "Asks the program for every run, scope and wait. It costs the program a few "
        "nanoseconds for each. The timeline shows them, and can end it.");
    return;
  }
  draw_task_strip(program, task, history_, where);
  const float gap = em * 1.6F;
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const ImVec2 size{(room.x - gap) / 2, std::clamp(room.y, em * 9, em * 16)};
  const auto longest = [](std::uint64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1e9;
  };
  duration_chart({.id = "run",
                  .title = "Run time",
                  .help = "How long its runs took, of those in the trace.",
                  .color = colors::accent,
                  .longest = longest(history_.longest_ns)},
                 history_.run, size);
  ImGui::SameLine(0, gap);
  duration_chart({.id = "delay",
                  .title = "Queue delay",
                  .help = "How long it was ready before its runs began, of those in the trace "
                          "whose ready moment is known.",
                  .color = colors::lag,
                  .longest = longest(history_.longest_delay_ns)},
                 history_.delay, size);
}

}  // namespace asioscope::viewer
