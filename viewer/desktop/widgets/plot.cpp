// SPDX-License-Identifier: BSL-1.0
#include "widgets/plot.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cmath>

namespace asioscope::viewer {
namespace {

// A sample that stands for more than this covers frames that were missed.
constexpr double long_step_seconds = 2;

struct canvas {
  ImDrawList& list;
  ImVec2 low;   // top left of the area of the values
  ImVec2 high;  // bottom right
  const time_view& view;
  double top;

  [[nodiscard]] float x(double time) const {
    const double part = (time - (view.end - view.span)) / view.span;
    return low.x + static_cast<float>(part) * (high.x - low.x);
  }
  [[nodiscard]] float y(double value) const {
    const auto part = static_cast<float>(std::clamp(value / top, 0.0, 1.0));
    return high.y - part * (high.y - low.y);
  }
  [[nodiscard]] double time(float x_position) const {
    const double part = (x_position - low.x) / std::max(1.0F, high.x - low.x);
    return view.end - view.span + part * view.span;
  }
};

void draw_label(ImDrawList& list, ImVec2 at, const std::string& text, ImVec4 color,
                const ImFont* font) {
  list.AddText(font, font->FontSize, at, colors::packed(color), text.c_str());
}

float width_in(const ImFont* font, const std::string& text) {
  return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x;
}

void draw_grid(const canvas& area, const plot_style& style) {
  const ImFont* font = type().small;
  for (const double tick : axis_ticks(area.top)) {
    const float y = std::floor(area.y(tick)) + 0.5F;
    area.list.AddLine({area.low.x, y}, {area.high.x, y}, colors::packed(colors::grid));
    const std::string text = tick_text(style.measured, tick);
    const float left = area.low.x - width_in(font, text) - font->FontSize * 0.4F;
    draw_label(area.list, {left, y - font->FontSize * 0.55F}, text, colors::faint, font);
  }
  const int labels = static_cast<int>((area.high.x - area.low.x) / (font->FontSize * 5));
  const double step = time_step(area.view.span, std::max(1, labels));
  const double begin = area.view.end - area.view.span;
  for (double tick = std::ceil(begin / step - 1e-9) * step; tick <= area.view.end + 1e-9;
       tick += step) {
    const float x = std::floor(area.x(tick)) + 0.5F;
    area.list.AddLine({x, area.low.y}, {x, area.high.y}, colors::packed(colors::grid));
    const std::string text = std::abs(tick) < step / 2 ? "now" : tick_text(unit::seconds, tick);
    const std::string label =
        tick < -step / 2 ? std::string("-").append(tick_text(unit::seconds, -tick)) : text;
    const float width = width_in(font, label);
    const float left = std::clamp(x - width / 2, area.low.x, area.high.x - width);
    draw_label(area.list, {left, area.high.y + font->FontSize * 0.25F}, label, colors::faint, font);
  }
}

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

void draw_marks(const canvas& area, std::span<const plot_step> steps) {
  const float size = type().small->FontSize * 0.42F;
  for (const plot_step& step : steps) {
    if (!step.marked) continue;
    const float x = area.x((step.begin + step.end) / 2);
    if (x < area.low.x || x > area.high.x) continue;
    const ImU32 color = colors::packed(colors::critical);
    area.list.AddLine({x, area.low.y}, {x, area.high.y},
                      colors::packed(colors::faded(colors::critical, 0.5F)));
    area.list.AddTriangleFilled({x - size, area.low.y}, {x + size, area.low.y},
                                {x, area.low.y + size * 1.5F}, color);
  }
}

const plot_step* step_at(std::span<const plot_step> steps, double time) {
  const auto found = std::ranges::lower_bound(steps, time, {}, &plot_step::end);
  return found != steps.end() && found->begin <= time ? &*found : nullptr;
}

void draw_crosshair(const canvas& area, const plot_style& style, std::span<const plot_step> steps) {
  const double time = area.view.hovered;
  const float x = area.x(time);
  if (!(x >= area.low.x && x <= area.high.x)) return;
  area.list.AddLine({x, area.low.y}, {x, area.high.y}, colors::packed(colors::quiet));
  const plot_step* step = step_at(steps, time);
  if (step == nullptr || std::isnan(step->value)) return;
  const float y = area.y(step->value);
  const float radius = type().small->FontSize * 0.28F;
  area.list.AddCircleFilled({x, y}, radius, colors::packed(style.color));
  area.list.AddCircle({x, y}, radius + 1, colors::packed(colors::ground));
}

void use_mouse(canvas& area, time_view& view) {
  const ImGuiIO& io = ImGui::GetIO();
  if (!ImGui::IsItemHovered() && !ImGui::IsItemActive()) return;
  view.hovered = area.time(io.MousePos.x);
  view.hovered_frame = ImGui::GetFrameCount();
  const double per_pixel = view.span / std::max(1.0F, area.high.x - area.low.x);
  if (io.MouseWheel != 0) view.zoom(std::pow(0.8, io.MouseWheel), view.hovered);
  if (ImGui::IsItemActive() && io.MouseDelta.x != 0) view.move(-io.MouseDelta.x * per_pixel);
  if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) view.reset();
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

void time_view::zoom(double factor, double at) {
  const double part = (end - at) / span;
  span = std::clamp(span * factor, shortest, longest);
  // What is live stays live: a zoom must not make the newest value leave the picture.
  end = end >= 0 ? 0 : at + part * span;
  move(0);
}

void time_view::move(double seconds) { end = std::clamp(end + seconds, span - longest, 0.0); }

void time_view::reset() {
  span = usual;
  end = 0;
}

void plot(const plot_style& style, std::span<const plot_step> steps, time_view& view, ImVec2 size) {
  const ImFont* small = type().small;
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  ImGui::PushID(style.id);
  ImDrawList& list = *ImGui::GetWindowDrawList();

  // The head: what it is, and its value now.
  draw_label(list, origin, style.title, colors::quiet, small);
  const bool has_value = !steps.empty() && !std::isnan(steps.back().value);
  if (has_value) {
    const std::string now = value_text(style.measured, steps.back().value);
    const ImFont* bold = type().bold;
    draw_label(list, {origin.x + size.x - width_in(bold, now), origin.y - 1}, now, style.color,
               bold);
  }
  const float head = type().bold->FontSize * 1.75F;
  ImGui::InvisibleButton("head", {size.x, head});
  explain(style.help);

  const float margin = width_in(small, "500 ms") + small->FontSize * 0.4F;
  const float foot = small->FontSize * 1.5F;
  const ImVec2 low{origin.x + margin, origin.y + head};
  const ImVec2 high{origin.x + size.x, origin.y + size.y - foot};
  ImGui::SetCursorScreenPos(low);
  ImGui::InvisibleButton("area", {std::max(1.0F, high.x - low.x), std::max(1.0F, high.y - low.y)});
  canvas area{list, low, high, view, 1};
  const bool is_hovered = ImGui::IsItemHovered();
  use_mouse(area, view);
  area.top = axis_top(style.measured, highest_in_view(steps, view));

  draw_grid(area, style);
  list.PushClipRect(low, high, true);
  draw_steps(area, style, steps);
  draw_marks(area, steps);
  const bool has_crosshair = view.hovered_frame >= ImGui::GetFrameCount() - 1;
  if (has_crosshair) draw_crosshair(area, style, steps);
  list.PopClipRect();
  if (is_hovered) show_tooltip(style, steps, view.hovered);
  ImGui::SetCursorScreenPos(origin);
  ImGui::Dummy(size);
  ImGui::PopID();
}

}  // namespace asioscope::viewer
