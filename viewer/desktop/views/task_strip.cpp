// SPDX-License-Identifier: BSL-1.0
#include "views/task_strip.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/ruler.hpp"
#include "widgets/slice_row.hpp"
#include "widgets/text.hpp"
#include "widgets/time_range.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace asioscope::viewer {
namespace {

using what = model::task_moment::what;

float bar_height() { return type().small->FontSize * 1.7F; }
float caption_height() { return type().small->FontSize * 1.6F; }

ImVec4 color_of(what kind) {
  switch (kind) {
    case what::run:
      return colors::good;
    case what::queued:
      return colors::warning;
    case what::resource:
      return colors::queue;
    case what::lost:
      return colors::critical;
    case what::idle:
      return colors::hovered;
    case what::untraced:
    case what::unknown:
      break;
  }
  return colors::card;
}

std::string seconds_text(std::int64_t nanoseconds) {
  return model::duration_text(static_cast<double>(std::max<std::int64_t>(nanoseconds, 0)) / 1e9);
}

slice_look look_of(what kind) {
  return {.color = [kind](const model::slice&) { return color_of(kind); },
          .edge = [](const model::slice& each) -> ImVec4 {
            if ((each.flags & schema::run_flag_exception) != 0) return colors::critical;
            if ((each.flags & schema::run_flag_slow) != 0) return colors::serious;
            return colors::faded(colors::text, 0);
          },
          .label = [](const model::slice&) { return std::string(); },
          .folded = color_of(kind)};
}

// Diagonal lines: nothing is known of this.
void draw_hatched(ImDrawList& list, ImVec2 low, ImVec2 high) {
  if (high.x <= low.x) return;
  list.AddRectFilled(low, high, colors::packed(colors::card));
  list.PushClipRect(low, high, true);
  const float height = high.y - low.y;
  const float step = type().small->FontSize * 0.6F;
  for (float x = low.x - height; x < high.x; x += step)
    list.AddLine({x, high.y}, {x + height, low.y}, colors::packed(colors::line));
  list.PopClipRect();
}

class strip {
 public:
  strip(const model::task_history& history, time_axis axis, float top)
      : history_(history), axis_(axis), low_(top), high_(top + bar_height()) {}

  // Returns what of it lies under the mouse, when that is more than one run.
  slice_hit draw(ImDrawList& list, ImVec2 mouse) const {
    list.AddRectFilled({axis_.left, low_}, {axis_.right, high_},
                       colors::packed(color_of(what::idle)));
    draw_hatched(list, {axis_.left, low_}, {axis_.x(history_.drawn_from_ns), high_});
    for (const model::untraced_stretch& each : history_.untraced)
      draw_hatched(list, {left_of(each.begin_ns), low_}, {right_of(each.end_ns), high_});
    row(list, history_.waited, what::resource, mouse);
    if (history_.waits_since_ns != 0) {
      list.AddRectFilled({left_of(history_.waits_since_ns), low_}, {axis_.right, high_},
                         colors::packed(color_of(what::resource)));
    }
    row(list, history_.queued, what::queued, mouse);
    const slice_hit ran = row(list, history_.ran, what::run, mouse);
    for (const schema::gap& gap : history_.gaps) {
      const float left = left_of(gap.from_ns);
      list.AddRectFilled({left, low_}, {std::max(right_of(gap.to_ns), left + 2), high_},
                         colors::packed(colors::faded(color_of(what::lost), 0.3F)));
    }
    return ran;
  }

 private:
  slice_hit row(ImDrawList& list, const model::slice_track& track, what kind, ImVec2 mouse) const {
    return draw_slices(list, axis_, low_, high_ - low_, track, look_of(kind), mouse);
  }
  [[nodiscard]] float left_of(std::int64_t moment) const {
    return std::clamp(axis_.x(moment), axis_.left, axis_.right);
  }
  [[nodiscard]] float right_of(std::int64_t moment) const { return left_of(moment); }

  const model::task_history& history_;
  time_axis axis_;
  float low_;
  float high_;
};

// Names the colours, with the share that each has of what is drawn.
void draw_legend(const model::task_history& history) {
  const auto span = static_cast<double>(history.end_ns - history.drawn_from_ns);
  const auto share_of = [span](const model::slice_track& track) {
    return span > 0 ? static_cast<double>(track.sum_ns(0, track.size())) / span : 0;
  };
  const double ran = share_of(history.ran);
  const double queued = share_of(history.queued);
  const std::int64_t still =
      history.waits_since_ns == 0
          ? 0
          : history.end_ns - std::max(history.waits_since_ns, history.drawn_from_ns);
  const double waited =
      share_of(history.waited) +
      (span > 0 ? static_cast<double>(std::max<std::int64_t>(still, 0)) / span : 0);
  const auto entry = [](what kind, const char* name, double share, const char* help) {
    ImGui::SameLine(0, ImGui::GetFontSize());
    print("■", color_of(kind), type().small);
    ImGui::SameLine(0, ImGui::GetFontSize() * 0.25F);
    print(std::string(name) + " " + model::percent_text(std::min(share, 1.0)), colors::quiet,
          type().small);
    explain(help);
  };
  entry(what::run, "on a thread", ran, "Its runs.");
  entry(what::queued, "queued", queued,
        "Ready, and waiting for a thread; as far as it is known when it became ready.");
  if (waited > 0) entry(what::resource, "for a resource", waited, "It waited for a primitive.");
  ImGui::SameLine(0, ImGui::GetFontSize());
  print("■", colors::faint, type().small);
  ImGui::SameLine(0, ImGui::GetFontSize() * 0.25F);
  print("idle", colors::quiet, type().small);
  explain("Suspended: it waits for something else. Hatched: not recorded. Red: events were lost.");
}

}  // namespace

float task_strip_height() {
  return caption_height() + bar_height() + ruler_height() + ImGui::GetStyle().ItemSpacing.y;
}

std::string coverage_text(const schema::task_info& task, const model::task_history& history) {
  const bool is_whole =
      history.begin_ns <= task.spawned_ns && history.untraced.empty() && history.gaps.empty();
  const std::string span = seconds_text(history.end_ns - history.begin_ns);
  std::string text = is_whole ? "Its whole life is in the trace"
                     : history.begin_ns <= task.spawned_ns
                         ? "Its life is in the trace, with holes"
                         : "The last " + span + " of it are in the trace";
  if (history.runs == task.runs) {
    text += ": " + model::plural(task.runs, "run", "runs");
  } else {
    text += ": " + model::count_text(history.runs) + " of its " +
            model::plural(task.runs, "run", "runs");
  }
  if (history.drawn_from_ns > history.begin_ns)
    text += "; the latest " + model::count_text(history.ran.size()) + " are drawn";
  return text;
}

std::string moment_text(const model::program& program, const model::task_moment& moment) {
  const std::string span = seconds_text(moment.end_ns - moment.begin_ns);
  switch (moment.kind) {
    case what::run: {
      std::string text = "On a thread for " + span + ": " + program.site_name(moment.source.site) +
                         " on " + program.thread_name(moment.thread);
      if (moment.source.has_delay())
        text += "; it had waited for " + model::duration_text_ns(moment.source.delay_ns);
      if ((moment.source.flags & schema::run_flag_slow) != 0) text += "; slow";
      if ((moment.source.flags & schema::run_flag_exception) != 0) text += "; left by an exception";
      return text;
    }
    case what::queued:
      return "Queued for " + span + ": ready, and waiting for a thread";
    case what::resource:
      if (moment.source.site == 0) return "Waits for a resource since " + span + ", and still does";
      return "Waited for " + program.site_operation(moment.source.site) + " " +
             program.site_name(moment.source.site) + " for " + span;
    case what::idle:
      return "Idle for " + span;
    case what::lost:
      return model::plural(moment.lost, "event", "events") + " of " +
             program.thread_name(moment.thread) +
             " were lost here: whether it ran meanwhile is not known";
    case what::untraced:
      return "Not recorded for " + span + ": nobody asked for the events";
    case what::unknown:
      break;
  }
  return "Not known: it lies outside of what is kept";
}

void draw_task_strip(const model::program& program, const schema::task_info& task,
                     const model::task_history& history, navigation& where) {
  const ImFont* small = type().small;
  ImGui::PushFont(type().small);
  const float room = ImGui::GetContentRegionAvail().x;
  const std::string coverage = coverage_text(task, history);
  print(fitted(coverage, room * 0.55F), colors::quiet);
  ImGui::PopFont();
  explain(coverage +
          ". The trace holds what was recorded while the timeline was open, or a recording has.");
  draw_legend(history);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  // What was before gets a stub, however long it was: else nothing of the rest could be seen.
  const bool has_before = history.begin_ns > task.spawned_ns;
  const float stub = has_before ? small->FontSize * 4.5F : 0;
  const float bottom = at.y + bar_height();
  if (has_before) {
    draw_hatched(list, at, {at.x + stub - 2, bottom});
    list.AddText(small, small->FontSize, {at.x + 4, at.y + (bar_height() - small->FontSize) / 2},
                 colors::packed(colors::quiet), "before");
    ImGui::InvisibleButton("before", {stub, bar_height()});
    explain("It had lived for " + seconds_text(history.begin_ns - sane(task.spawned_ns)) +
            " before the trace begins.");
    ImGui::SetCursorScreenPos({at.x + stub, at.y});
  }
  time_axis axis{at.x + stub, at.x + room, {}};
  axis.range.begin_ns = history.begin_ns;
  axis.range.span_ns = std::max<std::int64_t>(history.end_ns - history.begin_ns, 1);
  axis.right = std::max(axis.right, axis.left + 1);
  ImGui::InvisibleButton("strip", {axis.right - axis.left, bar_height()});
  const bool is_hovered = ImGui::IsItemHovered();
  const bool is_clicked = ImGui::IsItemClicked();
  const ImVec2 mouse = is_hovered ? ImGui::GetIO().MousePos : ImVec2{-1, -1};
  const slice_hit hit = strip(history, axis, at.y).draw(list, mouse);
  const std::int64_t start_ns = sane(program.started_ns());
  draw_ruler(list, axis, start_ns, bottom, bottom + 1);
  ImGui::SetCursorScreenPos({at.x, bottom});
  ImGui::Dummy({room, ruler_height()});
  if (!is_hovered) return;
  const std::int64_t moment = axis.moment(mouse.x);
  const model::task_moment here = hit.one == nullptr ? model::moment_of(history, moment)
                                                     : model::moment_of(history, hit.one->begin_ns);
  std::string text = moment_text(program, here);
  if (hit.folded > 1) {
    text = model::plural(hit.folded, "run", "runs") + " within this pixel, together " +
           model::duration_text_ns(hit.folded_ns);
  }
  ImGui::BeginTooltip();
  print(text, colors::text);
  print(moment_text(moment - start_ns, mark_step_ns(axis, small->FontSize * 8)) +
            " after the start of the program. Click: the timeline at this moment",
        colors::faint, type().small);
  ImGui::EndTooltip();
  if (!is_clicked) return;
  if (here.kind == what::run && hit.folded <= 1) {
    where.show_run({here.thread, here.source});
    return;
  }
  // Else with as much around it as can be told apart.
  const auto around = static_cast<std::int64_t>(axis.ns_per_pixel() * 20) + 1'000;
  where.show_moment(moment - around, moment + around);
}

}  // namespace asioscope::viewer
