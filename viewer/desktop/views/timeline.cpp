// SPDX-License-Identifier: BSL-1.0
#include "views/timeline.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "views/timeline_causes.hpp"
#include "views/timeline_summary.hpp"
#include "views/timeline_words.hpp"
#include "widgets/ruler.hpp"
#include "widgets/small_button.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace asioscope::viewer {
namespace {

std::int64_t now_of(const model::program& program) {
  return sane(std::max(program.time().monotonic_ns, program.trace().end_ns()));
}

}  // namespace

bool timeline_view::back() {
  if (chosen_ || measured_) {
    chosen_.reset();
    measured_.reset();
    return true;
  }
  return filter_.clear();
}

bool timeline_view::keep_to_measured(navigation& where) const {
  if (!measured_ || measured_ == where.range.chosen()) return false;
  where.range.set(*measured_);
  return true;
}

void timeline_view::zoom(double factor) {
  const bool mouse_is_there = hovered_ns_ >= range_.begin_ns && hovered_ns_ <= range_.end_ns();
  range_.zoom(factor, mouse_is_there ? hovered_ns_ : range_.begin_ns + range_.span_ns / 2);
}

void timeline_view::move(double share) {
  range_.move(static_cast<std::int64_t>(static_cast<double>(range_.span_ns) * share));
}

void timeline_view::choose(const model::trace_store& trace, std::uint32_t thread,
                           const model::slice& what) {
  chosen_ = {thread, what};
  causes_.look_at(trace, {thread, what});
  measured_.reset();
  summary_ = model::delayers_of(trace, thread, what);
}

void timeline_view::go_to(const model::trace_store& trace, const model::found_run& run) {
  const bool is_in_view =
      run.what.begin_ns >= range_.begin_ns && run.what.end_ns() <= range_.end_ns();
  range_.follows = false;
  if (!is_in_view) range_.show(run.what.begin_ns, run.what.end_ns());
  lanes_.reveal(run.thread);
  choose(trace, run.thread, run.what);
}

// Until now at most: of what is to come nothing can be said.
void timeline_view::measure(const model::program& program, std::int64_t one_ns,
                            std::int64_t other_ns) {
  const std::int64_t now = now_of(program);
  measured_ = {std::min({one_ns, other_ns, now}), std::min(std::max(one_ns, other_ns), now)};
  chosen_.reset();
  summary_ = {};
  if (measured_->begin_ns == measured_->end_ns) measured_.reset();
}

void timeline_view::draw(const model::program& program, navigation& where) {
  if (!was_opened_) {
    was_opened_ = true;
    where.trace_wanted = true;
  }
  // Another program, or the same one anew: what was chosen is not in it.
  if (std::exchange(program_started_ns_, program.identity().started_realtime_ns) !=
      program.identity().started_realtime_ns) {
    chosen_.reset();
    measured_.reset();
    range_.follows = true;
  }
  if (const auto asked = std::exchange(where.moment_to_show, std::nullopt)) {
    range_.show(asked->begin_ns, asked->end_ns);
  }
  const model::trace_store& trace = program.trace();
  if (const auto asked = std::exchange(where.run_to_show, std::nullopt)) {
    range_.show(asked->what.has_delay() ? asked->what.ready_ns() : asked->what.begin_ns,
                asked->what.end_ns());
    choose(trace, asked->thread, asked->what);
  }
  draw_head(program, where);
  if (trace.events() == 0) {
    if (!where.trace_wanted) {
      empty_state("Nothing was recorded",
                  "Record, above, asks the program for every run, scope and wait. It costs the "
                  "program a few nanoseconds for each.");
    } else if (program.complete() && !program.tracing()) {
      empty_state("No events yet",
                  "The program has been asked for them. A recording has them from where its trace "
                  "begins.");
    } else {
      empty_state("Nothing has run yet",
                  "As soon as a handler of the program runs, it appears here.");
    }
    return;
  }
  range_.keep_up(trace.begin_ns(), now_of(program));
  const float em = ImGui::GetFontSize();
  const float label = timeline_lanes::label_width();
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + label);
  map_.draw(trace, range_, {ImGui::GetContentRegionAvail().x, em * 1.7F});
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool has_detail = chosen_ || measured_;
  const float detail = has_detail ? std::clamp(room.y * 0.36F, em * 9, em * 17) : 0;
  draw_plot(program, where,
            {room.x, room.y - detail - (has_detail ? ImGui::GetStyle().ItemSpacing.y : 0)});
  if (has_detail) draw_detail(program, where);
}

void timeline_view::draw_head(const model::program& program, navigation& where) {
  const model::trace_store& trace = program.trace();
  const float em = ImGui::GetFontSize();
  filter_.draw(where);
  explain("Leaves the colour to the handlers whose names match.");
  ImGui::SameLine(0, em);
  ImGui::Checkbox("Record", &where.trace_wanted);
  explain(
      "Asks the program for every run, scope and wait, as long as this is ticked. It costs the "
      "program a few nanoseconds for each.");
  ImGui::SameLine(0, em);
  ImGui::Checkbox("Follow", &range_.follows);
  explain("F. The right edge is now.");
  ImGui::SameLine(0, em);
  std::string facts = span_text(range_.span_ns) + " shown  ·  " +
                      model::count_text(trace.events()) + " events kept, " +
                      model::bytes_text(trace.bytes());
  if (const std::uint64_t missed = program.sum().events_in_gaps; missed != 0)
    facts += "  ·  " + model::count_text(missed) + " lost";
  ImGui::AlignTextToFramePadding();
  print(fitted(facts, ImGui::GetContentRegionAvail().x), colors::quiet);
  explain("Of the events, the latest " + model::count_text(trace.most_events()) +
          " are kept: --trace-events says how many. Those that were lost were overwritten in the "
          "program before they could be sent; where, is shown in red.");
}

std::int64_t timeline_view::mouse_moment(const time_axis& axis) const {
  return axis.moment(std::clamp(ImGui::GetIO().MousePos.x, axis.left, axis.right));
}

void timeline_view::use_mouse(const model::program& program, const time_axis& axis,
                              const lane_hit& hit, navigation& where) {
  const ImGuiIO& io = ImGui::GetIO();
  const bool is_active = ImGui::IsItemActive();
  if (!ImGui::IsItemHovered() && !is_active) {
    drag_from_ns_.reset();
    return;
  }
  hovered_ns_ = mouse_moment(axis);
  if (io.MouseWheel != 0) {
    if (io.KeyShift) {
      ImGui::SetScrollY(ImGui::GetScrollY() - io.MouseWheel * ImGui::GetFontSize() * 4);
    } else {
      range_.zoom(std::pow(0.8, io.MouseWheel), hovered_ns_);
    }
  }
  if (io.MouseWheelH != 0) move(-0.1 * static_cast<double>(io.MouseWheelH));
  const bool pans = ImGui::IsMouseDragging(ImGuiMouseButton_Right, 0) ||
                    ImGui::IsMouseDragging(ImGuiMouseButton_Middle, 0);
  if (is_active && pans && io.MouseDelta.x != 0) {
    range_.move(
        static_cast<std::int64_t>(-static_cast<double>(io.MouseDelta.x) * axis.ns_per_pixel()));
  }
  if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) drag_from_ns_ = mouse_moment(axis);
  if (hit.slice && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
    range_.show(hit.slice->begin_ns, hit.slice->end_ns());
    drag_from_ns_.reset();
    return;
  }
  const bool is_drag = drag_from_ns_ && std::abs(axis.x(*drag_from_ns_) - io.MousePos.x) > 4;
  if (is_drag && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    measure(program, *drag_from_ns_, hovered_ns_);
  }
  if (!ImGui::IsMouseReleased(ImGuiMouseButton_Left)) return;
  const auto from = std::exchange(drag_from_ns_, std::nullopt);
  if (!from) return;
  if (is_drag) {
    measure(program, *from, hovered_ns_);
    if (measured_)
      summary_ = model::summary_of(program.trace(), measured_->begin_ns, measured_->end_ns);
  } else if (hit.going_on != nullptr) {
    where.show_report(hit.going_on->id);
  } else if (hit.task_label != 0) {
    where.show_task(hit.task_label);
  } else if (hit.slice) {
    choose(program.trace(), hit.thread, *hit.slice);
  } else {
    chosen_.reset();
    measured_.reset();
  }
}

void timeline_view::draw_stretch(const std::optional<stretch>& marked, const time_axis& axis,
                                 ImVec2 low, ImVec2 high, float strength) const {
  if (!marked) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float left = std::clamp(axis.x(marked->begin_ns), axis.left, axis.right);
  const float right = std::clamp(axis.x(marked->end_ns), axis.left, axis.right);
  list.AddRectFilled({left, low.y}, {right, high.y},
                     colors::packed(colors::faded(colors::accent, strength)));
  for (const float x : {left, right})
    list.AddLine({x, low.y}, {x, high.y}, colors::packed(colors::accent));
}

void timeline_view::draw_plot(const model::program& program, navigation& where, ImVec2 size) {
  const ImVec2 low = ImGui::GetCursorScreenPos();
  const float label = timeline_lanes::label_width();
  const time_axis axis{low.x + label, low.x + size.x - ImGui::GetStyle().ScrollbarSize - 2, range_};
  draw_ruler(*ImGui::GetWindowDrawList(), axis, sane(program.started_ns()), low.y, low.y + size.y);
  ImGui::SetCursorScreenPos({low.x, low.y + ruler_height()});
  ImGui::PushStyleColor(ImGuiCol_ChildBg, colors::faded(colors::ground, 0));
  ImGui::BeginChild("lanes", {size.x, size.y - ruler_height()}, false,
                    ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleColor();
  const ImVec2 see{ImGui::GetWindowPos()};
  const ImVec2 end{see.x + size.x, see.y + size.y - ruler_height()};
  const ImVec2 top = ImGui::GetCursorPos();
  // Also while the button below is held: a click ends with it.
  const bool is_over = ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem);
  ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!is_over) mouse = {-FLT_MAX, -FLT_MAX};
  if (chosen_) causes_.look_at(program.trace(), {chosen_->thread, chosen_->what});
  lane_marks marks{.chosen = chosen_ ? &chosen_->what : nullptr,
                   .thread = chosen_ ? chosen_->thread : 0,
                   .filter = &filter_,
                   .causes = chosen_ ? &causes_ : nullptr};
  const lane_hit hit = lanes_.draw(program, axis, marks, mouse);
  if (measured_ != where.range.chosen()) draw_stretch(where.range.chosen(), axis, see, end, 0.08F);
  draw_stretch(measured_, axis, see, end, 0.16F);
  // Over what is seen, wherever it is scrolled to.
  const ImVec2 after = ImGui::GetCursorPos();
  ImGui::SetCursorScreenPos(see);
  ImGui::InvisibleButton("area", {axis.right - low.x, std::max(1.0F, end.y - see.y)},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                             ImGuiButtonFlags_MouseButtonMiddle);
  use_mouse(program, axis, hit, where);
  if (ImGui::IsItemHovered() && !ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
    if (mouse.x >= axis.left) {
      ImGui::GetWindowDrawList()->AddLine({mouse.x, see.y}, {mouse.x, end.y},
                                          colors::packed(colors::faded(colors::quiet, 0.5F)));
    }
    show_tooltip(program, hit, lanes_.hovered_causes());
  }
  ImGui::SetCursorPos({top.x, std::max(top.y, after.y)});
  ImGui::EndChild();
}

void timeline_view::draw_detail(const model::program& program, navigation& where) {
  ImGui::BeginChild("detail", {0, 0}, true);
  if (chosen_) {
    draw_chosen(program, where);
  } else if (measured_) {
    const std::int64_t span = measured_->end_ns - measured_->begin_ns;
    print(span_text(span), colors::strong, type().title);
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    print("from " + when_text(program, measured_->begin_ns), colors::quiet);
    ImGui::SameLine(0, ImGui::GetFontSize());
    if (small_button("Zoom in")) range_.show(measured_->begin_ns, measured_->end_ns);
    ImGui::SameLine();
    if (small_button("Only this range")) keep_to_measured(where);
    explain("R. Handlers, Tasks, Stalls and Failures show only what happened in it.");
    if (const auto share = draw_summary(program, summary_, span, "What ran: "))
      go_to_longest(program.trace(), *share);
  }
  ImGui::EndChild();
}

void timeline_view::go_to_longest(const model::trace_store& trace, const model::site_share& share) {
  range_.show(share.longest.begin_ns, share.longest.end_ns());
  choose(trace, share.longest_thread, share.longest);
}

void timeline_view::draw_chosen(const model::program& program, navigation& where) {
  const chosen_slice chosen = *chosen_;
  const model::slice& each = chosen.what;
  const float em = ImGui::GetFontSize();
  ImGui::PushFont(type().title);
  print(fitted_name(program.site_name(each.site), ImGui::GetContentRegionAvail().x),
        colors::strong);
  ImGui::PopFont();
  std::string text;
  switch (each.kind) {
    case schema::event_kind::wait:
      text = "A task waited " + model::duration_text_ns(each.duration_ns) +
             " for it: " + outcome_of(each);
      break;
    case schema::event_kind::span:
      text = "A scope that was open for " + model::duration_text_ns(each.duration_ns);
      break;
    default:
      text = "Ran for " + model::duration_text_ns(each.duration_ns);
      if (each.has_delay()) text += ", had waited " + model::duration_text_ns(each.delay_ns);
      if (const std::string flags = flags_text(each); !flags.empty()) text += "; " + flags;
  }
  text += "; on " + program.thread_name(chosen.thread) + ", loop " + program.loop_name(each.loop) +
          "; began " + when_text(program, each.begin_ns) + ".";
  ImGui::PushTextWrapPos(0);
  print(text, colors::text);
  ImGui::PopTextWrapPos();
  if (each.kind == schema::event_kind::run) {
    if (small_button("Handler")) where.show_site(each.site);
    explain("This handler among all handlers.");
    ImGui::SameLine();
  }
  if (const auto* task = program.tasks().find_by_low_half(each.task, each.end_ns());
      task != nullptr && each.task != 0) {
    const std::string label =
        "Task " + program.site_name(task->site) + " " + std::to_string(task->id);
    if (small_button(label.c_str())) where.show_task(task->id);
    ImGui::SameLine();
  }
  if (small_button("Zoom in")) {
    range_.show(each.has_delay() ? each.ready_ns() : each.begin_ns, each.end_ns());
  }
  const bool was_delayed = each.has_delay() && each.delay_ns != 0;
  const auto linked = draw_causes(program, causes_);
  if (was_delayed) {
    ImGui::Dummy({1, em * 0.2F});
    if (const auto share = draw_summary(program, summary_, static_cast<std::int64_t>(each.delay_ns),
                                        "What ran while it waited: "))
      go_to_longest(program.trace(), *share);
  }
  if (linked) go_to(program.trace(), *linked);
}

}  // namespace asioscope::viewer
