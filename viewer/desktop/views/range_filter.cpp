// SPDX-License-Identifier: BSL-1.0
#include "views/range_filter.hpp"

#include "platform/colors.hpp"
#include "widgets/text.hpp"
#include "widgets/time_range.hpp"

#include "asioscope/model/units.hpp"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

namespace asioscope::viewer {
namespace {

// A run that has not ended is no event yet.
bool something_goes_on(const model::program& program, const stretch& where) {
  return std::ranges::any_of(program.reports().by_id(), [&](const auto& each) {
    return each.second.ongoing && each.second.time_ns < where.end_ns;
  });
}

std::string clock_text(const model::program& program, std::int64_t moment_ns, bool is_fine) {
  const schema::clock_reading& now = program.time();
  constexpr std::int64_t latest_ns = std::int64_t{1} << 62;  // in 2116
  const std::int64_t real_ns = std::clamp(now.realtime_ns, std::int64_t{0}, latest_ns) -
                               (sane(now.monotonic_ns) - sane(moment_ns));
  constexpr std::int64_t second_ns = 1'000'000'000;
  const std::int64_t part_ns = (real_ns % second_ns + second_ns) % second_ns;
  const auto seconds = static_cast<std::time_t>((real_ns - part_ns) / second_ns);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%0*lld", local.tm_hour, local.tm_min,
                local.tm_sec, is_fine ? 6 : 3,
                static_cast<long long>(part_ns / (is_fine ? 1'000 : 1'000'000)));
  return text.data();
}

}  // namespace

bool range_filter::clear() {
  figures_.reset();
  ++revision_;
  return std::exchange(chosen_, std::nullopt).has_value();
}

void range_filter::look_at(const model::program& program) {
  const std::int64_t started_ns = program.identity().started_realtime_ns;
  if (std::exchange(program_started_ns_, started_ns).value_or(started_ns) != started_ns) clear();
  if (!chosen_) return;
  const model::trace_store& trace = program.trace();
  const bool goes_on = something_goes_on(program, *chosen_);
  // What has just ended is told now.
  if (std::exchange(goes_on_, goes_on) && !goes_on) more_until_ns_ = trace.end_ns() + patience_ns;
  if (figures_ && !may_change(trace)) return say_what_is_lacking();
  figures_ = std::make_shared<const model::range_figures>(
      model::figures_of(trace, chosen_->begin_ns, chosen_->end_ns));
  ++revision_;
  trace_end_ns_ = trace.end_ns();
  trace_events_ = trace.events();
  say_what_is_lacking();
}

// Of much that takes a while: not with each picture, but in any case when all has been told.
bool range_filter::may_change(const model::trace_store& trace) const {
  if (trace_end_ns_ >= more_until_ns_) return false;
  if (trace.end_ns() >= more_until_ns_) return true;
  const bool is_other = trace.end_ns() != trace_end_ns_ || trace.events() != trace_events_;
  // About 2 % of the time, at 60 ns for each.
  constexpr std::int64_t rest_ns = 50 * 60;
  return is_other && trace.end_ns() - trace_end_ns_ >=
                         static_cast<std::int64_t>(figures_->looked_at / 1'000) * 1'000 * rest_ns;
}

void range_filter::say_what_is_lacking() {
  lacks_.clear();
  if (!figures_->is_whole)
    lacks_ = "Not all of it is in the trace: the figures are at least so high";
  else if (goes_on_)
    lacks_ = "What still goes on is not counted yet";
}

std::function<bool(const schema::task_info&)> range_filter::task_test() const {
  if (figures_ == nullptr) return {};
  // Ids that share a half are told apart by when they lived.
  return [figures = figures_, where = *chosen_](const schema::task_info& task) {
    const bool lived = task.spawned_ns < where.end_ns &&
                       (schema::is_live(task.state) || task.ended_ns >= where.begin_ns);
    return lived && figures->tasks.contains(static_cast<std::uint32_t>(task.id));
  };
}

std::string range_text(const model::program& program, const stretch& chosen) {
  const std::int64_t span_ns = chosen.end_ns - chosen.begin_ns;
  constexpr std::int64_t short_ns = 10'000'000;
  const bool is_fine = span_ns < short_ns;
  return clock_text(program, chosen.begin_ns, is_fine) + "–" +
         clock_text(program, chosen.end_ns, is_fine) + " (" +
         model::duration_text(static_cast<double>(span_ns) / 1e9) + ")";
}

void draw_range_chip(const model::program& program, range_filter& filter) {
  if (!filter.chosen()) return;
  const std::string label = range_text(program, *filter.chosen()) + "  ×";
  ImGui::PushStyleColor(ImGuiCol_Button, colors::chosen);
  const bool ends = ImGui::Button(label.c_str());
  ImGui::PopStyleColor();
  explain(
      "Only what happened in this stretch of time is shown, as the trace tells it. Click, or Esc: "
      "all again.");
  if (!filter.lacks().empty()) {
    ImGui::SameLine(0, ImGui::GetFontSize());
    ImGui::AlignTextToFramePadding();
    print(filter.lacks() + ".", colors::warning);
  }
  if (ends) filter.clear();
}

}  // namespace asioscope::viewer
