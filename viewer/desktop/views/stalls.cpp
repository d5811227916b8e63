// SPDX-License-Identifier: BSL-1.0
#include "views/stalls.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"
#include "widgets/time_range.hpp"

#include "asioscope/model/failures.hpp"
#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cstdio>
#include <ranges>
#include <string>

namespace asioscope::viewer {
namespace {

constexpr std::array<const char*, 3> kind_titles = {"Slow", "Stalls", "Failures"};
constexpr std::array<const char*, 3> kind_helps = {
    "Runs that had taken longer than the slow threshold when they ended.",
    "Runs that still went on after the stall threshold, with the stack taken while they did.",
    "Exceptions that left a handler or a task."};

std::size_t index_of(schema::report_kind kind) { return static_cast<std::size_t>(kind); }

ImVec4 color_of(const schema::report& report) {
  if (report.ongoing) return colors::critical;
  switch (report.kind) {
    case schema::report_kind::stall:
      return colors::serious;
    case schema::report_kind::failure:
      return colors::critical;
    case schema::report_kind::slow:
      break;
  }
  return colors::warning;
}

const char* sign_of(schema::report_kind kind) {
  switch (kind) {
    case schema::report_kind::stall:
      return "■";
    case schema::report_kind::failure:
      return "✗";
    case schema::report_kind::slow:
      break;
  }
  return "◆";
}

std::string handler_of(const model::program& program, const schema::report& report) {
  return report.site == 0 ? std::string("an unknown handler") : program.site_name(report.site);
}

// What the list says in its first line: the function that blocks, the exception, the handler.
std::string headline_of(const model::program& program, const schema::report& report) {
  if (!report.culprit.empty()) return report.culprit;
  if (report.kind == schema::report_kind::failure && !report.message.empty()) return report.message;
  return handler_of(program, report);
}

std::uint64_t duration_of(const schema::report& report, std::int64_t now_ns) {
  if (!report.ongoing) return report.duration_ns;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(now_ns - report.time_ns, 0));
}

double duration_of(const model::program& program, const schema::report& report) {
  return static_cast<double>(duration_of(report, program.time().monotonic_ns)) / 1e9;
}

// Smaller comes first.
int rank_of(const schema::report& report) {
  if (report.ongoing) return 0;
  switch (report.kind) {
    case schema::report_kind::stall:
      return report.stack.empty() ? 2 : 1;
    case schema::report_kind::failure:
      return 3;
    case schema::report_kind::slow:
      break;
  }
  return 4;
}

bool is_same_stall(const schema::report& one, const schema::report& other) {
  return one.kind == schema::report_kind::stall && other.kind == one.kind && !one.ongoing &&
         !other.ongoing && one.loop == other.loop && one.site == other.site &&
         one.culprit == other.culprit && one.cause == other.cause &&
         one.stack.empty() == other.stack.empty();
}

// "seen at 3 of 7 moments"; empty when there was only one.
std::string seen_text(std::uint32_t count, std::uint32_t samples) {
  if (samples < 2) return {};
  return "seen at " + std::to_string(count) + " of " + std::to_string(samples) + " moments";
}

std::string ago(const model::program& program, const schema::report& report) {
  const std::int64_t past = program.time().monotonic_ns - report.time_ns;
  return model::duration_text(static_cast<double>(std::max<std::int64_t>(past, 0)) / 1e9) + " ago";
}

std::string sentence_of(const model::program& program, const schema::report& report) {
  const std::string handler = handler_of(program, report);
  const std::string duration = model::duration_text(duration_of(program, report));
  const std::string where =
      " on loop " + program.loop_name(report.loop) + ", " + program.thread_name(report.thread);
  switch (report.kind) {
    case schema::report_kind::stall:
      return handler + (report.ongoing ? " has been running for " : " ran for ") + duration +
             where + "; nothing else on this thread could run.";
    case schema::report_kind::failure:
      return "An exception left " + handler + where + ".";
    case schema::report_kind::slow:
      break;
  }
  const std::string cpu = report.cpu_most_ns == 0
                              ? std::string()
                              : ", on a processor for " +
                                    model::duration_text_ns(report.cpu_least_ns) + " to " +
                                    model::duration_text_ns(report.cpu_most_ns) + " of that";
  return handler + " ran for " + duration + cpu + where + ".";
}

std::string address_text(std::uint64_t address) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(address));
  return text.data();
}

std::string function_of(const schema::stack_frame& frame) {
  return frame.function.empty() ? address_text(frame.address) : frame.function;
}

std::string place_of(const schema::stack_frame& frame) {
  if (frame.file.empty()) return frame.module;
  const std::string line = frame.line == 0 ? "" : ":" + std::to_string(frame.line);
  return frame.file + line;
}

std::string plain_text(const model::program& program, const schema::report& report) {
  std::string text = sentence_of(program, report) + "\n";
  if (!report.cause.empty()) text += "Cause: " + report.cause + "\n";
  if (!report.message.empty()) text += report.message + "\n";
  if (const std::string said = model::annotations_text(report.scopes, report.trace_id);
      !said.empty())
    text += "The program said: " + said + "\n";
  text += model::awaits_text(report);
  const auto add_stack = [&](const std::vector<schema::stack_frame>& stack, std::uint32_t count) {
    if (stack.empty()) return;
    text += "Stack";
    if (const auto seen = seen_text(count, report.samples); !seen.empty()) text += ", " + seen;
    text += ":\n";
    int number = 0;
    for (const schema::stack_frame& frame : stack) {
      text += "#" + std::to_string(number++) + "  " + function_of(frame) + "  " + place_of(frame) +
              "\n";
    }
  };
  add_stack(report.stack, report.stack_count);
  for (const schema::stall_stack& other : report.other_stacks)
    add_stack(other.frames, other.count);
  return text;
}

}  // namespace

std::vector<stack_fold> fold_stack(const std::vector<schema::stack_frame>& stack) {
  std::vector<stack_fold> folds;
  for (std::size_t index = 0; index < stack.size(); ++index) {
    if (stack[index].internal && !folds.empty() && folds.back().internal) {
      ++folds.back().count;
    } else {
      folds.push_back({index, 1, stack[index].internal});
    }
  }
  return folds;
}

std::vector<report_row> rows_of(std::vector<const schema::report*> reports, std::int64_t now_ns) {
  std::ranges::stable_sort(reports, [&](const schema::report* left, const schema::report* right) {
    if (rank_of(*left) != rank_of(*right)) return rank_of(*left) < rank_of(*right);
    if (left->kind == schema::report_kind::failure) return left->id > right->id;
    return duration_of(*left, now_ns) > duration_of(*right, now_ns);
  });
  std::vector<report_row> rows;
  for (const schema::report* report : reports) {
    const bool is_over = report->kind == schema::report_kind::stall && !report->ongoing;
    const auto same = std::ranges::find_if(rows, [&](const report_row& row) {
      return is_over && is_same_stall(*row.report, *report);
    });
    if (same != rows.end())
      ++same->count;
    else
      rows.push_back({report, 1});
  }
  return rows;
}

bool stalls_view::back() {
  if (unfold_) {
    unfold_ = false;
    return true;
  }
  return filter_.clear();
}

namespace {

std::int64_t end_of(const schema::report& report, std::int64_t now_ns) {
  return sane(report.time_ns) + sane(static_cast<std::int64_t>(duration_of(report, now_ns)));
}

bool lies_in(const range_filter& range, const schema::report& report, std::int64_t now_ns) {
  return !range.chosen() || range.chosen()->overlaps(report.time_ns, end_of(report, now_ns));
}

}  // namespace

void stalls_view::collect(const model::program& program, const navigation& where) {
  std::vector<const schema::report*> chosen;
  for (const auto& [id, report] : program.reports().by_id()) {
    if (!kinds_[index_of(report.kind)]) continue;
    if (!lies_in(where.range, report, program.time().monotonic_ns)) continue;
    if (!filter_.passes(handler_of(program, report) + " " + report.culprit + " " + report.message +
                        " " + report.cause + " " + program.loop_name(report.loop))) {
      continue;
    }
    chosen.push_back(&report);
  }
  shown_ = rows_of(std::move(chosen), program.time().monotonic_ns);
}

void stalls_view::draw(const model::program& program, navigation& where) {
  if (where.report_to_show != 0) {
    const schema::report* wanted = program.reports().find(where.report_to_show);
    if (wanted != nullptr && !lies_in(where.range, *wanted, program.time().monotonic_ns))
      where.range.clear();
    selected_ = where.report_to_show;
    scroll_to_selection_ = true;
    kinds_ = {true, true, true};
    filter_.clear();
    where.report_to_show = 0;
  }
  draw_head(program, where);
  collect(program, where);
  if (program.reports().size() == 0) {
    empty_state(
        "Nothing to report",
        "A stall appears here, with the stack of the code that blocks, when a handler keeps its "
        "thread for longer than " +
            model::limit_text_ns(program.identity().stall_threshold_ns) +
            "; slow handlers and exceptions appear here too.");
    return;
  }
  if (shown_.empty()) {
    empty_state("No report matches",
                where.range.chosen()
                    ? "Only those of a stretch of time are shown: the cross above shows all again."
                    : "Esc clears the filter; the boxes above choose the kinds.");
    return;
  }
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float list =
      std::clamp(room.x * 0.36F, ImGui::GetFontSize() * 18, ImGui::GetFontSize() * 38);
  draw_list(program, {list, room.y});
  ImGui::SameLine();
  ImGui::BeginChild("report", {0, room.y}, true);
  draw_report(program, current(program), where);
  ImGui::EndChild();
}

// What was clicked, else the first in the list.
const schema::report& stalls_view::current(const model::program& program) const {
  const schema::report* selected = program.reports().find(selected_);
  return selected != nullptr ? *selected : *shown_.front().report;
}

void stalls_view::draw_head(const model::program& program, navigation& where) {
  filter_.draw(where);
  std::array<std::size_t, 3> counts{};
  for (const auto& [id, report] : program.reports().by_id())
    if (lies_in(where.range, report, program.time().monotonic_ns)) ++counts[index_of(report.kind)];
  for (const schema::report_kind kind :
       {schema::report_kind::stall, schema::report_kind::failure, schema::report_kind::slow}) {
    const std::size_t index = index_of(kind);
    ImGui::SameLine(0, ImGui::GetFontSize());
    const std::string label = std::string(kind_titles[index]) + " " +
                              std::to_string(counts[index]) + "###" + kind_titles[index];
    ImGui::Checkbox(label.c_str(), &kinds_[index]);
    explain(kind_helps[index]);
  }
}

namespace {

float row_height() {
  return type().body->FontSize + type().small->FontSize + ImGui::GetStyle().ItemSpacing.y * 1.6F;
}

void draw_columns() {
  ImGui::PushFont(type().small);
  constexpr const char* right_column = "Duration, Cause";
  print("What, When", colors::quiet);
  ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(right_column).x);
  print(right_column, colors::quiet);
  ImGui::PopFont();
  ImGui::Separator();
}

}  // namespace

void stalls_view::draw_list(const model::program& program, ImVec2 size) {
  ImGui::BeginChild("list", size, true);
  draw_columns();
  const std::uint64_t chosen = current(program).id;
  const auto is_chosen = [&](const report_row& row) { return row.report->id == chosen; };
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(shown_.size()), row_height());
  if (scroll_to_selection_) {
    const auto found = std::ranges::find_if(shown_, is_chosen);
    if (found != shown_.end()) {
      const int place = static_cast<int>(found - shown_.begin());
      clipper.ForceDisplayRangeByIndices(place, place + 1);
    }
  }
  while (clipper.Step()) {
    for (int place = clipper.DisplayStart; place < clipper.DisplayEnd; ++place) {
      const report_row& row = shown_[static_cast<std::size_t>(place)];
      const float top = ImGui::GetCursorPosY();
      const float left = ImGui::GetCursorPosX();
      ImGui::PushID(static_cast<int>(row.report->id & 0x7FFFFFFFU));
      if (ImGui::Selectable("##report", is_chosen(row), 0,
                            {0, row_height() - ImGui::GetStyle().ItemSpacing.y})) {
        selected_ = row.report->id;
        unfold_ = false;
      }
      if (scroll_to_selection_ && is_chosen(row)) {
        ImGui::SetScrollHereY();
        scroll_to_selection_ = false;
      }
      ImGui::PopID();
      ImGui::SetCursorPos({left, top});
      draw_row(program, row);
      ImGui::SetCursorPosY(top + row_height());
    }
  }
  ImGui::EndChild();
}

void stalls_view::draw_row(const model::program& program, const report_row& row) {
  const schema::report& report = *row.report;
  const float em = ImGui::GetFontSize();
  const float top = ImGui::GetCursorPosY();
  const std::string duration = report.kind == schema::report_kind::failure
                                   ? std::string()
                                   : model::duration_text(duration_of(program, report));
  const float number = ImGui::CalcTextSize(duration.c_str()).x;
  print(sign_of(report.kind), color_of(report));
  ImGui::SameLine(0, em * 0.5F);
  const float indent = ImGui::GetCursorPosX();
  const float right = ImGui::GetContentRegionMax().x;
  print(fitted(headline_of(program, report), right - indent - number - em), colors::strong);
  ImGui::SameLine(right - number);
  print(duration, color_of(report));
  ImGui::SetCursorPos(
      {indent, top + type().body->FontSize + ImGui::GetStyle().ItemSpacing.y * 0.3F});
  ImGui::PushFont(type().small);
  const std::string cause = fitted(report.cause, (right - indent) * 0.6F);
  const float cause_width = ImGui::CalcTextSize(cause.c_str()).x;
  std::string when = report.ongoing ? "going on now" : ago(program, report);
  if (row.count > 1) when = "longest of " + std::to_string(row.count) + "  ·  " + when;
  print(fitted(when + "  ·  " + handler_of(program, report), right - indent - cause_width - em),
        colors::quiet);
  if (!cause.empty()) {
    ImGui::SameLine(right - cause_width);
    print(cause, colors::text);
  }
  ImGui::PopFont();
}

void stalls_view::draw_report(const model::program& program, const schema::report& report,
                              navigation& where) {
  print(sign_of(report.kind), color_of(report), type().bold);
  ImGui::SameLine();
  ImGui::PushFont(type().title);
  ImGui::PushTextWrapPos(0);
  print(headline_of(program, report), colors::strong);
  ImGui::PopTextWrapPos();
  ImGui::PopFont();
  ImGui::PushTextWrapPos(0);
  print(sentence_of(program, report), colors::text);
  if (!report.cause.empty()) print("Cause: " + report.cause + ".", colors::strong);
  if (!report.message.empty() && report.message != headline_of(program, report)) {
    print(report.message, colors::warning);
  }
  if (const std::string said = model::annotations_text(report.scopes, report.trace_id);
      !said.empty()) {
    print("The program said: " + said + ".", colors::text);
  }
  if (!report.await_places.empty()) print(model::awaits_text(report), colors::text);
  std::string facts = "Report " + std::to_string(report.id) + ", " + ago(program, report);
  if (report.delay_ns != 0) {
    facts += "; it had waited " + model::duration_text_ns(report.delay_ns) + " before";
  }
  print(facts + ".", colors::quiet);
  ImGui::PopTextWrapPos();
  if (report.site != 0) {
    if (ImGui::Button("Handler")) where.show_site(report.site);
    explain("Shows the figures of this handler.");
    ImGui::SameLine();
  }
  if (report.task != 0) {
    if (ImGui::Button("Task")) where.show_task(report.task);
    explain("Shows the task that ran.");
    ImGui::SameLine();
  }
  const std::int64_t begin = report.time_ns - static_cast<std::int64_t>(report.delay_ns);
  const std::int64_t end = end_of(report, program.time().monotonic_ns);
  if (program.trace().events() != 0 && end > program.trace().begin_ns()) {
    if (ImGui::Button("Timeline")) where.show_moment(begin, end);
    explain("Shows what else happened at that moment.");
    ImGui::SameLine();
  }
  if (ImGui::Button("Copy")) ImGui::SetClipboardText(plain_text(program, report).c_str());
  explain("Copies the report with its whole stack as text.");
  if (report.kind != schema::report_kind::failure) {
    ImGui::Dummy({1, ImGui::GetFontSize() * 0.3F});
    waiters_.draw(program, report, where);
  }
  ImGui::Dummy({1, ImGui::GetFontSize() * 0.3F});
  if (!report.stack.empty()) {
    draw_stacks(report);
  } else if (report.kind == schema::report_kind::stall) {
    print(report.ongoing ? "No stack yet." : "No stack was taken.", colors::quiet);
  }
}

void stalls_view::draw_stacks(const schema::report& report) {
  const auto head = [&](const char* title, std::uint32_t count) {
    const std::string seen = seen_text(count, report.samples);
    print(seen.empty() ? title : std::string(title) + "  ·  " + seen, colors::quiet, type().small);
  };
  head("Stack, innermost first", report.stack_count);
  draw_stack(report.stack);
  int number = 0;
  for (const schema::stall_stack& other : report.other_stacks) {
    ImGui::Dummy({1, ImGui::GetFontSize() * 0.3F});
    head("Another stack", other.count);
    ImGui::PushID(++number);
    draw_stack(other.frames);
    ImGui::PopID();
  }
}

void stalls_view::draw_stack(const std::vector<schema::stack_frame>& stack) {
  const float em = ImGui::GetFontSize();
  const auto first_own = std::ranges::find(stack, false, &schema::stack_frame::internal);
  const auto draw_frame = [&](std::size_t index) {
    const schema::stack_frame& frame = stack[index];
    const bool is_first = first_own != stack.end() && &frame == &*first_own;
    const float top = ImGui::GetCursorScreenPos().y;
    ImGui::SetCursorPosX(ImGui::GetStyle().WindowPadding.x + em * 0.8F);
    ImGui::BeginGroup();
    ImGui::PushFont(is_first ? type().bold : type().body);
    const std::string function = function_of(frame);
    const ImVec4 color = frame.internal ? colors::faint : is_first ? colors::strong : colors::text;
    print(fitted_name(function, ImGui::GetContentRegionAvail().x), color);
    ImGui::PopFont();
    ImGui::PushFont(type().mono);
    const std::string place = place_of(frame);
    print(fitted(place, ImGui::GetContentRegionAvail().x), frame.internal ? colors::faint
                                                           : is_first     ? colors::accent
                                                                          : colors::quiet);
    ImGui::PopFont();
    ImGui::EndGroup();
    explain(function + "\n" + place + "\n" + frame.module + " " + address_text(frame.address));
    if (is_first) {
      const float x = ImGui::GetWindowPos().x + ImGui::GetStyle().WindowPadding.x;
      ImGui::GetWindowDrawList()->AddRectFilled({x, top},
                                                {x + em * 0.22F, ImGui::GetItemRectMax().y},
                                                colors::packed(colors::critical), em * 0.1F);
    }
  };
  for (const stack_fold& fold : fold_stack(stack)) {
    if (fold.internal && !unfold_) {
      ImGui::SetCursorPosX(ImGui::GetStyle().WindowPadding.x + em * 0.8F);
      const std::string label = "▸ " + model::plural(fold.count, "frame", "frames") +
                                " of Asio and the runtime##" + std::to_string(fold.first);
      ImGui::PushStyleColor(ImGuiCol_Text, colors::faint);
      if (ImGui::Selectable(label.c_str())) unfold_ = true;
      ImGui::PopStyleColor();
      explain("Click to see them all; Esc folds them again.");
      continue;
    }
    for (std::size_t index = 0; index < fold.count; ++index)
      draw_frame(fold.first + index);
  }
}

}  // namespace asioscope::viewer
