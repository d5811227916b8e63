// SPDX-License-Identifier: BSL-1.0
#include "widgets/plot.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/plot_area.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cmath>

namespace asioscope::viewer {
namespace {

// A sample that stands for more than this covers frames that were missed.
constexpr double long_step_seconds = 2;

// Values from 0 to `top`.
struct canvas {
  const plot_area& area;
  ImDrawList& list;
  ImVec2 low;
  ImVec2 high;
  double top;

  [[nodiscard]] float x(double time) const { return area.x(time); }
  [[nodiscard]] float y(double value) const {
    const auto part = static_cast<float>(std::clamp(value / top, 0.0, 1.0));
    return high.y - part * (high.y - low.y);
  }
};

// One rectangle per column of pixels at most: cost follows the pixels, not the samples.
void draw_steps(const canvas& area, const plot_style& style, std::span<const plot_step> steps) {
  const ImU32 fill = colors::packed(colors::faded(style.color, 0.22F));
  const ImU32 pale = colors::packed(colors::faded(style.color, 0.09F));
  const ImU32 edge = colors::packed(style.color);
  float last_x = area.low.x;
  float last_y = area.high.y;
  bool drawn_before = false;
  for (std::size_t index = 0; index < steps.size();) {
    float left = area.x(steps[index].begin);
    float right = area.x(steps[index].end);
    double highest = steps[index].value;
    const bool is_long = steps[index].end - steps[index].begin > long_step_seconds;
    for (++index; index < steps.size() && area.x(steps[index].end) - left < 1; ++index) {
      right = area.x(steps[index].end);
      highest = std::fmax(highest, steps[index].value);
    }
    if (right <= area.low.x || left >= area.high.x || std::isnan(highest)) {
      drawn_before = false;
      continue;
    }
    left = std::max(left, area.low.x);
    right = std::min(right, area.high.x);
    const float y = std::min(area.y(highest), area.high.y - 1);
    area.list.AddRectFilled({left, y}, {right, area.high.y}, is_long ? pale : fill);
    if (drawn_before && std::abs(left - last_x) < 1.5F) {
      area.list.AddLine({left, last_y}, {left, y}, edge, 1.2F);
    }
    area.list.AddLine({left, y}, {right, y}, edge, 1.6F);
    last_x = right;
    last_y = y;
    drawn_before = true;
  }
}

const plot_step* step_at(std::span<const plot_step> steps, double time) {
  const auto found = std::ranges::lower_bound(steps, time, {}, &plot_step::end);
  return found != steps.end() && found->begin <= time ? &*found : nullptr;
}

void draw_crosshair(const canvas& area, const plot_style& style, std::span<const plot_step> steps) {
  const double time = area.area.view().hovered;
  const float x = area.x(time);
  area.list.AddLine({x, area.low.y}, {x, area.high.y}, colors::packed(colors::quiet));
  const plot_step* step = step_at(steps, time);
  if (step == nullptr || std::isnan(step->value)) return;
  const float y = area.y(step->value);
  const float radius = type().small->FontSize * 0.28F;
  area.list.AddCircleFilled({x, y}, radius, colors::packed(style.color));
  area.list.AddCircle({x, y}, radius + 1, colors::packed(colors::ground));
}

void show_tooltip(const plot_style& style, std::span<const plot_step> steps, double time) {
  const plot_step* step = step_at(steps, time);
  if (step == nullptr) return;
  ImGui::BeginTooltip();
  print(style.title, colors::quiet, type().small);
  print(value_text(style.measured, step->value), colors::strong, type().bold);
  std::string when = model::duration_text(-time) + " ago";
  if (step->end - step->begin > long_step_seconds) {
    when += ", mean of " + model::duration_text(step->end - step->begin);
  }
  print(when, colors::quiet, type().small);
  if (step->marked) print(style.mark, colors::critical, type().small);
  ImGui::EndTooltip();
}

double highest_in_view(std::span<const plot_step> steps, const time_view& view) {
  double highest = 0;
  for (const plot_step& step : steps) {
    if (step.end > view.end - view.span && step.begin < view.end) {
      highest = std::fmax(highest, step.value);
    }
  }
  return highest;
}

}  // namespace

void plot(const plot_style& style, std::span<const plot_step> steps, time_view& view, ImVec2 size) {
  const bool has_value = !steps.empty() && !std::isnan(steps.back().value);
  const plot_area frame({.id = style.id,
                         .title = style.title,
                         .help = style.help,
                         .now = has_value ? value_text(style.measured, steps.back().value) : "",
                         .color = style.color},
                        view, size);
  const double top = axis_top(style.measured, highest_in_view(steps, view));
  const canvas area{frame, frame.list(), frame.low(), frame.high(), top};
  for (const double tick : axis_ticks(top))
    frame.draw_level(area.y(tick), tick_text(style.measured, tick));
  frame.draw_times();
  area.list.PushClipRect(area.low, area.high, true);
  draw_steps(area, style, steps);
  for (const plot_step& step : steps)
    if (step.marked) frame.draw_mark((step.begin + step.end) / 2);
  if (frame.has_crosshair()) draw_crosshair(area, style, steps);
  area.list.PopClipRect();
  if (frame.is_hovered()) show_tooltip(style, steps, view.hovered);
}

}  // namespace asioscope::viewer
