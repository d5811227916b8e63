// SPDX-License-Identifier: BSL-1.0
#include "views/timeline_lanes.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/arrow.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace asioscope::viewer {
namespace {

using what = model::task_stretch::what;

constexpr std::size_t most_depths = 8;
constexpr std::size_t most_task_lanes = 60;
constexpr std::size_t most_task_slices = 50'000;
constexpr std::size_t most_waits = 50'000;

// When it lived for certain.
std::int64_t moment_in(const model::task_lane& lane) {
  if (lane.has_begun) return lane.begin_ns;
  if (lane.has_ended) return lane.end_ns;
  return lane.stretches.empty() ? 0 : lane.stretches.back().end_ns;
}

// Since when it is known to live.
std::int64_t first_sign(const model::task_lane& lane, const schema::task_info* known) {
  if (lane.has_begun) return lane.begin_ns;
  if (known != nullptr) return known->spawned_ns;
  std::int64_t first = moment_in(lane);
  for (const model::task_stretch& each : lane.stretches)
    first = std::min(first, each.begin_ns);
  return first;
}

float row_height() { return type().small->FontSize * 1.5F; }
float strip_height() { return type().small->FontSize * 0.55F; }

ImVec4 color_of(const model::slice& each) {
  if (each.kind == schema::event_kind::span) return colors::scope;
  if ((each.flags & schema::run_flag_hop) != 0) return colors::faded(colors::quiet, 0.45F);
  return colors::of_site(each.site);
}

ImVec4 edge_of(const model::slice& each) {
  if (each.kind != schema::event_kind::run) return colors::faded(colors::text, 0);
  if ((each.flags & schema::run_flag_exception) != 0) return colors::critical;
  if ((each.flags & schema::run_flag_slow) != 0) return colors::serious;
  return colors::faded(colors::text, 0);
}

ImVec4 color_of(what kind, const model::slice& source) {
  switch (kind) {
    case what::run:
      return color_of(source);
    case what::queued:
      return colors::faded(colors::warning, 0.45F);
    case what::resource:
      return colors::faded(colors::queue, 0.55F);
    case what::scope:
      break;
  }
  return colors::faded(colors::scope, 0.35F);
}

}  // namespace

float timeline_lanes::label_width() { return ImGui::GetFontSize() * 12; }

bool timeline_lanes::is_visible(float top, float bottom) const {
  return bottom >= see_top_ && top <= see_bottom_;
}

bool timeline_lanes::passes(const model::program& program, const model::slice& each) const {
  return !marks_.filter->is_active() || marks_.filter->passes(program.site_name(each.site));
}

slice_look timeline_lanes::look_of(const model::program& program) {
  return {.color =
              [this, &program](const model::slice& each) {
                const ImVec4 color = color_of(each);
                return passes(program, each) ? color : colors::faded(color, color.w * 0.2F);
              },
          .edge = [this](const model::slice& each) -> ImVec4 {
            if (marks_.chosen != nullptr && each == *marks_.chosen) return colors::strong;
            return edge_of(each);
          },
          .label = [&program](const model::slice& each) { return program.site_name(each.site); },
          .folded = colors::utilisation};
}

void timeline_lanes::draw_label(const std::string& title, const std::string& more, float top,
                                float height) {
  const ImFont* font = type().small;
  const float left = axis_.left - label_width();
  const float room = label_width() - font->FontSize * 0.8F;
  ImGui::PushFont(type().small);
  const std::string first = name_in(title, room);
  const std::string second = fitted(more, room);
  ImGui::PopFont();
  list_->AddText(font, font->FontSize, {left, top}, colors::packed(colors::text), first.c_str());
  if (more.empty() || height < font->FontSize * 2.2F) return;
  list_->AddText(font, font->FontSize, {left, top + font->FontSize * 1.15F},
                 colors::packed(colors::faint), second.c_str());
}

// Above the runs: how many of them were ready and waited, the brighter the more.
void timeline_lanes::draw_waits(const model::slice_track& track, float top, float height) {
  const std::size_t first = track.first_ending_after(axis_.range.begin_ns);
  const std::size_t last = track.first_ending_after(axis_.range.end_ns(), first);
  // Runs that begin beyond the end may have been ready in view.
  const std::size_t beyond = std::min(track.size(), last + 64);
  if (beyond - first > most_waits) return;
  const auto columns = static_cast<std::size_t>(std::max(1.0F, axis_.right - axis_.left));
  std::vector<int> change(columns + 1, 0);
  const auto column = [&](std::int64_t moment) {
    const float x = std::clamp(axis_.x(moment) - axis_.left, 0.0F, static_cast<float>(columns));
    return static_cast<std::size_t>(x);
  };
  for (std::size_t index = first; index < beyond; ++index) {
    const model::slice& run = track[index];
    if (!run.has_delay() || run.ready_ns() >= axis_.range.end_ns()) continue;
    const std::size_t begin = column(run.ready_ns());
    const std::size_t end = column(run.begin_ns);
    if (begin == end) continue;
    ++change[begin];
    --change[end];
  }
  int waiting = 0;
  for (std::size_t begin = 0; begin < columns;) {
    waiting += change[begin];
    std::size_t end = begin + 1;
    while (end < columns && change[end] == 0)
      ++end;
    if (waiting > 0) {
      const float alpha = std::min(1.0F, 0.3F + 0.15F * std::log2(static_cast<float>(waiting)));
      list_->AddRectFilled({axis_.left + static_cast<float>(begin), top},
                           {axis_.left + static_cast<float>(end), top + height},
                           colors::packed(colors::faded(colors::warning, alpha)));
    }
    begin = end;
  }
}

void timeline_lanes::draw_gaps(const model::lane& lane, float top, float bottom) {
  const ImFont* font = type().small;
  for (std::size_t index = 0; index < lane.gaps.size(); ++index) {
    const schema::gap& gap = lane.gaps[index];
    if (gap.to_ns < axis_.range.begin_ns || gap.from_ns > axis_.range.end_ns()) continue;
    const float left = std::max(axis_.x(gap.from_ns), axis_.left);
    const float right = std::clamp(axis_.x(gap.to_ns), left + 2, axis_.right);
    list_->AddRectFilled({left, top}, {right, bottom},
                         colors::packed(colors::faded(colors::critical, 0.16F)));
    const std::string text = model::count_text(gap.count) + " events lost";
    const float width = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x;
    if (width + 6 < right - left)
      list_->AddText(font, font->FontSize, {left + 3, top}, colors::packed(colors::critical),
                     text.c_str());
  }
}

void timeline_lanes::draw_messages(const model::program& program, std::uint32_t thread, float top,
                                   float height) {
  const auto& messages = program.messages();
  for (std::size_t index = 0; index < messages.size(); ++index) {
    const schema::text_message& each = messages[index];
    if (each.thread != thread || each.time_ns < axis_.range.begin_ns ||
        each.time_ns > axis_.range.end_ns()) {
      continue;
    }
    const float x = axis_.x(each.time_ns);
    const float half = height / 2;
    list_->AddTriangleFilled({x - half, top}, {x + half, top}, {x, top + height},
                             colors::packed(colors::good));
    if (std::abs(mouse_.x - x) <= half + 1 && mouse_.y >= top - 1 && mouse_.y <= top + height + 1)
      hit_.message = &each;
  }
}

// A run that has not ended is no event yet; the watchdog tells of it.
void timeline_lanes::draw_going_on(const model::program& program, std::uint32_t thread, float top,
                                   float height) {
  for (const auto& entry : program.reports().by_id()) {
    const schema::report& report = entry.second;
    if (!report.ongoing || report.thread != thread) continue;
    const float left = std::max(axis_.x(report.time_ns), axis_.left);
    const float right = std::min(axis_.x(program.time().monotonic_ns), axis_.right);
    if (left >= axis_.right || right <= left) continue;
    draw_block(*list_, {left, top}, {right, top + height}, colors::faded(colors::critical, 0.5F),
               colors::faded(colors::critical, 0), [&] {
                 return "going on: " +
                        (report.culprit.empty() ? program.site_name(report.site) : report.culprit);
               });
    if (mouse_.x >= left && mouse_.x < right && mouse_.y >= top && mouse_.y < top + height)
      hit_.going_on = &report;
  }
}

void timeline_lanes::draw_thread(const model::program& program, std::uint32_t thread,
                                 const model::lane& lane) {
  const std::size_t depths = std::clamp<std::size_t>(lane.depths.size(), 1, most_depths);
  const float strip = strip_height();
  const float rows = row_height() * static_cast<float>(depths);
  const float height = std::max(strip * 2 + rows, type().small->FontSize * 2.4F);
  const float top = bottom_;
  bottom_ += height + type().small->FontSize * 0.7F;
  tops_[thread] = top + strip;
  if (reveal_ == thread) {
    reveal_.reset();
    if (top < see_top_ || bottom_ > see_bottom_)
      ImGui::SetScrollY(ImGui::GetScrollY() + top - see_top_);
  }
  if (!is_visible(top, bottom_)) return;

  const std::string loop =
      lane.has_runs() ? "loop " + program.loop_name(lane.depths[0].back().loop) : "";
  draw_label(program.thread_name(thread), loop, top, height);
  draw_gaps(lane, top, top + height);
  if (lane.has_runs()) draw_waits(lane.depths[0], top, strip - 1);
  const slice_look look = look_of(program);
  for (std::size_t depth = 0; depth < std::min(depths, lane.depths.size()); ++depth) {
    const float row = top + strip + row_height() * static_cast<float>(depth);
    const slice_hit found =
        draw_slices(*list_, axis_, row, row_height() - 1, lane.depths[depth], look, mouse_);
    if (found.one == nullptr && found.folded == 0) continue;
    hit_.thread = thread;
    hit_.slices = found;
    if (found.one != nullptr) hit_.slice = *found.one;
  }
  draw_going_on(program, thread, top + strip, row_height() - 1);
  draw_messages(program, thread, top + strip + rows, strip - 1);
  if (marks_.chosen == nullptr || marks_.thread != thread || !marks_.chosen->has_delay()) return;
  // The wait of the chosen one, in full.
  const float left = std::max(axis_.x(marks_.chosen->ready_ns()), axis_.left);
  const float right = std::min(axis_.x(marks_.chosen->begin_ns), axis_.right);
  if (right > left)
    list_->AddRectFilled({left, top}, {right, top + strip}, colors::packed(colors::strong));
}

void timeline_lanes::look_up_tasks(const model::trace_store& trace) {
  if (tasks_begin_ns_ == axis_.range.begin_ns && tasks_end_ns_ == axis_.range.end_ns() &&
      tasks_events_ == trace.events() && tasks_latest_ns_ == trace.end_ns()) {
    return;
  }
  tasks_begin_ns_ = axis_.range.begin_ns;
  tasks_end_ns_ = axis_.range.end_ns();
  tasks_events_ = trace.events();
  tasks_latest_ns_ = trace.end_ns();
  tasks_ = model::task_lanes_of(trace, tasks_begin_ns_, tasks_end_ns_, most_task_lanes,
                                most_task_slices, marks_.chosen);
}

void timeline_lanes::draw_task(const model::program& program, const model::task_lane& lane) {
  const float height = row_height();
  const float top = bottom_;
  bottom_ += height + type().small->FontSize * 0.25F;
  if (!is_visible(top, bottom_)) return;
  const schema::task_info* known = program.tasks().find_by_low_half(lane.task, moment_in(lane));
  const std::uint32_t site = lane.site != 0 ? lane.site : known == nullptr ? 0 : known->site;
  std::string name = site == 0 ? std::string("task") : program.site_name(site);
  if (known != nullptr) name += " " + std::to_string(known->id);
  draw_label(name, "", top + (height - type().small->FontSize) / 2, height);
  const bool is_on_label = mouse_.x >= axis_.left - label_width() && mouse_.x < axis_.left &&
                           mouse_.y >= top && mouse_.y < top + height;
  if (is_on_label && known != nullptr) hit_.task_label = known->id;

  // Its life: a line on which the rest stands.
  const float middle = std::floor(top + height / 2);
  const float from = axis_.x(first_sign(lane, known));
  const bool lives = known != nullptr && schema::is_live(known->state);
  float to = lane.has_ended ? axis_.x(lane.end_ns) : axis_.left;
  if (!lane.has_ended)
    to = lives                    ? axis_.x(program.time().monotonic_ns)
         : lane.stretches.empty() ? from
                                  : axis_.x(lane.stretches.back().end_ns);
  const float left = std::clamp(from, axis_.left, axis_.right);
  const float right = std::clamp(to, left, axis_.right);
  list_->AddLine({left, middle}, {right, middle},
                 colors::packed(colors::faded(colors::accent, 0.5F)));

  // Of one kind those of a pixel are one.
  what drawn_kind = what::scope;
  float drawn_to = axis_.left;
  for (const model::task_stretch& each : lane.stretches) {
    if (std::exchange(drawn_kind, each.kind) != each.kind) drawn_to = axis_.left;
    const float begin = std::max(axis_.x(each.begin_ns), axis_.left);
    const float end = std::min(axis_.x(each.end_ns), axis_.right);
    if (end < axis_.left || begin > axis_.right) continue;
    const bool is_run = each.kind == what::run;
    const float inset = is_run ? 0 : std::floor(height * 0.25F);
    const ImVec2 low{begin, top + inset};
    const ImVec2 high{std::max(end, begin + 1), top + height - inset};
    if (high.x <= drawn_to && high.x - low.x < 2) continue;
    drawn_to = std::ceil(high.x);
    const ImVec4 edge = is_run && marks_.chosen != nullptr && each.source == *marks_.chosen
                            ? ImVec4(colors::strong)
                        : is_run ? edge_of(each.source)
                                 : colors::faded(colors::text, 0);
    draw_block(*list_, low, high, color_of(each.kind, each.source), edge, [&] {
      return each.kind == what::queued ? "queued" : program.site_name(each.source.site);
    });
    if (mouse_.y >= top && mouse_.y < top + height && mouse_.x >= low.x - 1 &&
        mouse_.x < high.x + 1) {
      hit_.thread = each.thread;
      hit_.slices = {};
      hit_.slice = each.source;
      hit_.of_task = each.kind;
    }
  }
}

void timeline_lanes::draw_tasks(const model::program& program) {
  look_up_tasks(program.trace());
  const ImFont* font = type().small;
  std::string title;
  if (tasks_.is_too_much) {
    title = "Tasks: zoom in to see them, there is too much at once";
  } else if (tasks_.tasks == 0) {
    title = "Tasks: none ran in this stretch of time";
  } else {
    title = "Tasks: " + model::count_text(tasks_.tasks);
    if (tasks_.tasks > tasks_.lanes.size())
      title += ", of which the " + std::to_string(tasks_.lanes.size()) + " that did or waited most";
  }
  list_->AddText(font, font->FontSize, {axis_.left - label_width(), bottom_},
                 colors::packed(colors::quiet), title.c_str());
  bottom_ += font->FontSize * 1.5F;
  for (const model::task_lane& lane : tasks_.lanes)
    draw_task(program, lane);
}

// The middle of its row; of no run, of the lane's first.
std::optional<float> timeline_lanes::height_of(const model::trace_store& trace,
                                               std::uint32_t thread,
                                               const model::slice* run) const {
  const auto top = tops_.find(thread);
  if (top == tops_.end()) return std::nullopt;
  const auto& depths = trace.lanes().at(thread).depths;
  std::size_t depth = 0;
  for (std::size_t each = 0; run != nullptr && each < std::min(depths.size(), most_depths);
       ++each) {
    const std::size_t index = depths[each].first_ending_after(run->end_ns() - 1);
    if (index >= depths[each].size() || depths[each][index].begin_ns != run->begin_ns) continue;
    depth = each;
    if (depths[each][index].kind == run->kind) break;
  }
  return top->second + row_height() * (static_cast<float>(depth) + 0.45F);
}

void timeline_lanes::draw_arrow_between(const model::trace_store& trace, const model::cause& by,
                                        const model::found_run& run, ImVec4 color) {
  const auto from = height_of(trace, by.thread, by.run ? &*by.run : nullptr);
  const auto to = height_of(trace, run.thread, &run.what);
  if (!from || !to) return;
  // What is far away leads there, wherever that is.
  const float far = (axis_.right - axis_.left) * 4;
  const auto x = [&](std::int64_t moment) {
    return std::clamp(axis_.x(moment), axis_.left - far, axis_.right + far);
  };
  const cause_arrow arrow{{x(by.created_ns), *from}, {x(run.what.begin_ns), *to}};
  if (arrow.to.x < axis_.left || arrow.from.x > axis_.right) return;
  arrows_.push_back(arrow);
  draw_arrow(*list_, arrow.from, arrow.to, color);
}

void timeline_lanes::draw_causes_of(const model::trace_store& trace, const causality& known,
                                    float alpha) {
  const model::found_run& run = *known.of();
  for (const model::effect& each : known.effects().first) {
    if (!each.run) continue;
    draw_arrow_between(trace, {run.thread, each.created_ns, run.what}, *each.run,
                       colors::faded(colors::accent, alpha));
  }
  if (known.cause())
    draw_arrow_between(trace, *known.cause(), run, colors::faded(colors::strong, alpha));
}

// Of the chosen run and the one under the mouse; those of all would hide everything.
void timeline_lanes::draw_causes(const model::program& program) {
  arrows_.clear();
  list_->PushClipRect({axis_.left, see_top_}, {axis_.right, see_bottom_}, true);
  if (hit_.slice && hit_.slice->kind == schema::event_kind::run) {
    hovered_.look_at(program.trace(), {hit_.thread, *hit_.slice});
    if (marks_.chosen == nullptr || *marks_.chosen != *hit_.slice)
      draw_causes_of(program.trace(), hovered_, 0.55F);
  } else {
    hovered_.forget();
  }
  if (marks_.causes != nullptr && marks_.causes->of())
    draw_causes_of(program.trace(), *marks_.causes, 0.95F);
  list_->PopClipRect();
}

lane_hit timeline_lanes::draw(const model::program& program, const time_axis& axis,
                              const lane_marks& marks, ImVec2 mouse) {
  list_ = ImGui::GetWindowDrawList();
  axis_ = axis;
  marks_ = marks;
  mouse_ = mouse;
  hit_ = {};
  tops_.clear();
  const float begin = ImGui::GetCursorScreenPos().y;
  bottom_ = begin;
  see_top_ = ImGui::GetWindowPos().y;
  see_bottom_ = see_top_ + ImGui::GetWindowHeight();
  for (const auto& [thread, lane] : program.trace().lanes()) {
    // One that only ended somebody's wait has nothing to show: the wait is in the task's lane.
    if (lane.has_runs() || !lane.gaps.empty()) draw_thread(program, thread, lane);
  }
  draw_tasks(program);
  draw_causes(program);
  // So much there is to scroll.
  ImGui::Dummy({1, bottom_ - begin});
  return hit_;
}

}  // namespace asioscope::viewer
