// SPDX-License-Identifier: BSL-1.0
#include "views/task_links.hpp"

#include "platform/colors.hpp"
#include "widgets/small_button.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/names.hpp"
#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace asioscope::viewer {
namespace {

constexpr std::size_t most_holders = 6;
constexpr std::size_t most_messages = 8;
constexpr std::size_t most_reports = 5;

std::string since_text(const model::program& program, std::int64_t moment_ns) {
  const std::int64_t past = program.time().monotonic_ns - moment_ns;
  return model::duration_text(static_cast<double>(std::max<std::int64_t>(past, 0)) / 1e9);
}

std::string label_of(const model::program& program, std::uint64_t task) {
  const schema::task_info* const info = program.tasks().find(task);
  const std::string id = std::to_string(task);
  return info == nullptr ? "task " + id : program.site_name(info->site) + " " + id;
}

// ", for 3.2 s".
std::string suspended_text(const model::program& program, const schema::task_info& task) {
  if (task.suspended_since_ns == 0) return {};
  return ", for " + since_text(program, task.suspended_since_ns);
}

// A resource as a button, in the line.
void resource_button(const schema::resource_info& info, navigation& where) {
  ImGui::SameLine();
  ImGui::PushID(static_cast<int>(info.id));
  if (small_button(model::name_of(info).c_str())) where.show_resource(info.id);
  ImGui::PopID();
}

// Who holds what it waits for, and what these do meanwhile.
void draw_holders(const model::program& program, const schema::resource_info& info,
                  navigation& where) {
  if (info.holders.empty()) return;
  ImGui::AlignTextToFramePadding();
  print("It is held by", colors::quiet);
  const std::size_t shown = std::min(info.holders.size(), most_holders);
  for (std::size_t place = 0; place < shown; ++place) {
    const schema::resource_use& each = info.holders[place];
    const std::string since = ", for " + since_text(program, each.since_ns);
    ImGui::PushID(static_cast<int>(place));
    if (each.task == 0) {
      const std::string text = "somebody who is no task" + since;
      same_line_if_fits(text);
      print(text, colors::quiet);
    } else {
      task_button(label_of(program, each.task) + since, each.task, where);
      if (const std::string waits = program.wait_text(each.task); !waits.empty())
        explain("It waits for " + waits + ".");
    }
    ImGui::PopID();
  }
  if (info.holders.size() > shown) {
    ImGui::SameLine();
    print("and " + model::count_text(info.holders.size() - shown) + " more", colors::faint);
  }
}

}  // namespace

void same_line_if_fits(const std::string& label) {
  const float width = ImGui::CalcTextSize(label.c_str()).x + ImGui::GetStyle().FramePadding.x * 2;
  ImGui::SameLine();
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
}

void task_button(const std::string& label, std::uint64_t task, navigation& where) {
  same_line_if_fits(label);
  ImGui::PushID(std::to_string(task).c_str());
  if (ImGui::Button(label.c_str())) where.show_task(task);
  ImGui::PopID();
}

void draw_waits(const model::program& program, const schema::task_info& task, navigation& where) {
  const bool is_suspended = task.state == schema::task_state::suspended;
  model::place_in_line line;  // of no resource, if it waits for none
  if (is_suspended) line = program.resources().wait_of(task.id).value_or(line);
  const auto steps = program.awaits().steps(task.id);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + static_cast<float>(i) * ImGui::GetFontSize());
    print(steps[i]->function, colors::strong);
    if (const std::string place = model::line_text(*steps[i]); !place.empty()) {
      ImGui::SameLine();
      print("awaits in " + place, colors::quiet);
      explain(steps[i]->file);
    }
    if (i + 1 < steps.size() || !is_suspended) continue;
    if (line.resource != nullptr) {
      ImGui::SameLine();
      print("for", colors::strong);
      resource_button(*line.resource, where);
      ImGui::SameLine();
      print("place " + std::to_string(line.place + 1) + " of " +
                model::count_text(line.resource->waiting) + suspended_text(program, task),
            colors::strong);
      continue;
    }
    const std::string operation = program.awaits().operation(task.id);
    if (operation.empty()) continue;
    ImGui::SameLine();
    print("for " + operation + suspended_text(program, task), colors::strong);
  }
  if (line.resource != nullptr && steps.empty()) {
    print("It waits for", colors::strong);
    resource_button(*line.resource, where);
  }
  if (line.resource != nullptr) draw_holders(program, *line.resource, where);
  const schema::await_chain* const chain = program.awaits().find(task.id);
  if (chain == nullptr) return;
  if (const std::string said = model::annotations_text(chain->scopes, chain->trace_id);
      !said.empty())
    print(said, colors::text);
}

void draw_held(const model::program& program, const schema::task_info& task, navigation& where) {
  for (const auto& [id, each] : program.resources().by_id()) {
    const schema::resource_info& info = each.info();
    const auto mine = std::ranges::find(info.holders, task.id, &schema::resource_use::task);
    if (mine == info.holders.end()) continue;
    print("It holds", colors::quiet);
    resource_button(info, where);
    ImGui::SameLine();
    print("for " + since_text(program, mine->since_ns) +
              (info.waiting == 0 ? ""
                                 : "; " + model::plural(info.waiting, "waits", "wait") + " for it"),
          info.waiting == 0 ? colors::quiet : colors::warning);
  }
}

void draw_ancestors(const model::program& program, const schema::task_info& task,
                    navigation& where) {
  // The nearest first; the limit guards against a stream that names a circle.
  constexpr int most_ancestors = 8;
  std::uint64_t ancestor = task.parent;
  if (ancestor == 0) {
    print("Started from outside any task.", colors::faint);
    return;
  }
  ImGui::PushID("ancestors");
  ImGui::AlignTextToFramePadding();
  print("Started by", colors::quiet);
  for (int depth = 0; ancestor != 0 && depth < most_ancestors; ++depth) {
    const schema::task_info* const info = program.tasks().find(ancestor);
    if (info == nullptr) {
      ImGui::SameLine();
      print("task " + std::to_string(ancestor) + ", which has ended", colors::faint);
      break;
    }
    if (depth > 0) {
      ImGui::SameLine();
      print("‹", colors::faint);
    }
    task_button(label_of(program, ancestor), ancestor, where);
    ancestor = info->parent;
  }
  ImGui::PopID();
}

void draw_messages(const model::program& program, const schema::task_info& task,
                   navigation& where) {
  const auto& messages = program.messages();
  std::size_t count = 0;
  for (std::size_t i = messages.size(); i-- > 0;) {
    const schema::text_message& each = messages[i];
    if (each.task != static_cast<std::uint32_t>(task.id) || !model::lived_at(task, each.time_ns))
      continue;
    if (++count > most_messages) continue;
    const std::string text = since_text(program, each.time_ns) + " ago: “" + each.text + "”";
    ImGui::PushID(static_cast<int>(count));
    ImGui::PushStyleColor(ImGuiCol_Text, colors::text);
    if (ImGui::Selectable(fitted(text, ImGui::GetContentRegionAvail().x).c_str()))
      where.show_moment(each.time_ns - 1'000'000, each.time_ns + 1'000'000);
    ImGui::PopStyleColor();
    ImGui::PopID();
    explain(each.text + "\nClick: the timeline at this moment");
  }
  if (count > most_messages) {
    print("and " + model::plural(count - most_messages, "earlier message", "earlier messages"),
          colors::faint);
  }
}

void draw_reports(const model::program& program, const schema::task_info& task, navigation& where) {
  std::size_t count = 0;
  const auto& reports = program.reports().by_id();
  for (auto at = reports.rbegin(); at != reports.rend(); ++at) {
    const schema::report& each = at->second;
    if (each.task != task.id || ++count > most_reports) continue;
    std::string text = std::string(model::name_of(each.kind)) + ", " +
                       since_text(program, each.time_ns) + " ago: ";
    text +=
        each.kind == schema::report_kind::failure
            ? each.message
            : program.site_name(each.site) + " for " + model::duration_text_ns(each.duration_ns);
    ImGui::PushID(static_cast<int>(count));
    const bool is_bad = each.kind != schema::report_kind::slow;
    print("■", is_bad ? colors::critical : colors::serious);
    ImGui::SameLine(0, ImGui::GetFontSize() * 0.4F);
    if (ImGui::Selectable(fitted(text, ImGui::GetContentRegionAvail().x).c_str()))
      where.show_report(each.id);
    ImGui::PopID();
    explain(text + "\nClick: the report, with its stack");
  }
  if (count > most_reports)
    print("and " + model::plural(count - most_reports, "earlier report", "earlier reports"),
          colors::faint);
}

}  // namespace asioscope::viewer
