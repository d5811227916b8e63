// SPDX-License-Identifier: BSL-1.0
#include "widgets/plot_area.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/axis.hpp"
#include "widgets/text.hpp"

#include <algorithm>
#include <cmath>

namespace asioscope::viewer {
namespace {

void draw_label(ImDrawList& list, ImVec2 at, const std::string& text, ImVec4 color,
                const ImFont* font) {
  list.AddText(font, font->FontSize, at, colors::packed(color), text.c_str());
}

float width_in(const ImFont* font, const std::string& text) {
  return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x;
}

}  // namespace

plot_area::plot_area(const plot_frame& frame, time_view& view, ImVec2 size)
    : list_(*ImGui::GetWindowDrawList()),
      view_(view),
      origin_(ImGui::GetCursorScreenPos()),
      size_(size) {
  ImGui::PushID(frame.id);
  const ImFont* small = type().small;
  // The head: what it is, and its value now.
  draw_label(list_, origin_, frame.title, colors::quiet, small);
  if (!frame.now.empty()) {
    const ImFont* bold = type().bold;
    draw_label(list_, {origin_.x + size.x - width_in(bold, frame.now), origin_.y - 1}, frame.now,
               frame.color, bold);
  }
  const float head = type().bold->FontSize * 1.75F;
  ImGui::InvisibleButton("head", {size.x, head});
  explain(frame.help);

  const float margin = width_in(small, "500 ms") + small->FontSize * 0.4F;
  const float foot = small->FontSize * 1.5F;
  low_ = {origin_.x + margin, origin_.y + head};
  high_ = {origin_.x + size.x, origin_.y + size.y - foot};
  ImGui::SetCursorScreenPos(low_);
  ImGui::InvisibleButton("area",
                         {std::max(1.0F, high_.x - low_.x), std::max(1.0F, high_.y - low_.y)});
  is_hovered_ = ImGui::IsItemHovered();
  use_mouse();
}

plot_area::~plot_area() {
  ImGui::SetCursorScreenPos(origin_);
  ImGui::Dummy(size_);
  ImGui::PopID();
}

void plot_area::use_mouse() {
  const ImGuiIO& io = ImGui::GetIO();
  if (!is_hovered_ && !ImGui::IsItemActive()) return;
  view_.hovered = time(io.MousePos.x);
  view_.hovered_frame = ImGui::GetFrameCount();
  const double per_pixel = view_.span / std::max(1.0F, high_.x - low_.x);
  if (io.MouseWheel != 0) view_.zoom(std::pow(0.8, io.MouseWheel), view_.hovered);
  if (ImGui::IsItemActive() && io.MouseDelta.x != 0) view_.move(-io.MouseDelta.x * per_pixel);
  if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) view_.reset();
}

bool plot_area::has_crosshair() const {
  return view_.hovered_frame >= ImGui::GetFrameCount() - 1 && x(view_.hovered) >= low_.x &&
         x(view_.hovered) <= high_.x;
}

float plot_area::x(double time) const {
  const double part = (time - (view_.end - view_.span)) / view_.span;
  return low_.x + static_cast<float>(part) * (high_.x - low_.x);
}

double plot_area::time(float x_position) const {
  const double part = (x_position - low_.x) / std::max(1.0F, high_.x - low_.x);
  return view_.end - view_.span + part * view_.span;
}

void plot_area::draw_level(float y, const std::string& label) const {
  const ImFont* font = type().small;
  y = std::floor(y) + 0.5F;
  list_.AddLine({low_.x, y}, {high_.x, y}, colors::packed(colors::grid));
  const float left = low_.x - width_in(font, label) - font->FontSize * 0.4F;
  draw_label(list_, {left, y - font->FontSize * 0.55F}, label, colors::faint, font);
}

void plot_area::draw_times() const {
  const ImFont* font = type().small;
  const int labels = static_cast<int>((high_.x - low_.x) / (font->FontSize * 5));
  const double step = time_step(view_.span, std::max(1, labels));
  const double begin = view_.end - view_.span;
  for (double tick = std::ceil(begin / step - 1e-9) * step; tick <= view_.end + 1e-9;
       tick += step) {
    const float at = std::floor(x(tick)) + 0.5F;
    list_.AddLine({at, low_.y}, {at, high_.y}, colors::packed(colors::grid));
    const std::string label = tick < -step / 2
                                  ? std::string("-").append(tick_text(unit::seconds, -tick))
                                  : std::string("now");
    const float width = width_in(font, label);
    const float left = std::clamp(at - width / 2, low_.x, high_.x - width);
    draw_label(list_, {left, high_.y + font->FontSize * 0.25F}, label, colors::faint, font);
  }
}

void plot_area::draw_mark(double time) const {
  const float at = x(time);
  if (at < low_.x || at > high_.x) return;
  const float size = type().small->FontSize * 0.42F;
  list_.AddLine({at, low_.y}, {at, high_.y}, colors::packed(colors::faded(colors::critical, 0.5F)));
  list_.AddTriangleFilled({at - size, low_.y}, {at + size, low_.y}, {at, low_.y + size * 1.5F},
                          colors::packed(colors::critical));
}

}  // namespace asioscope::viewer
