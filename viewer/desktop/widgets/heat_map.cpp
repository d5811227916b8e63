// SPDX-License-Identifier: BSL-1.0
#include "widgets/heat_map.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/axis.hpp"
#include "widgets/plot_area.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>

namespace asioscope::viewer {
namespace {

// What is below is as good as nothing.
constexpr double lowest = 1e-6;
constexpr double least_top = 1e-2;
constexpr double most_top = 100;

class log_scale {
 public:
  log_scale(const plot_area& area, double top) : area_(area), top_(top) {}

  [[nodiscard]] float y(double seconds) const {
    const double part =
        std::log(std::clamp(seconds, lowest, top_) / lowest) / std::log(top_ / lowest);
    return area_.high().y - static_cast<float>(part) * (area_.high().y - area_.low().y);
  }

 private:
  const plot_area& area_;
  double top_;
};

std::uint64_t count_of(const heat_column& column) {
  return std::accumulate(column.counts.begin(), column.counts.end(), std::uint64_t{0});
}

// The power of ten that holds all that is in view.
double top_of(const heat_style& style, std::span<const heat_column> columns,
              const time_view& view) {
  double highest = least_top;
  for (const heat_column& column : columns) {
    if (column.end <= view.end - view.span || column.begin >= view.end) continue;
    for (std::size_t band = column.counts.size(); band-- > 0;) {
      if (column.counts[band] == 0) continue;
      highest = std::max(highest, std::min(style.band_end(band), most_top));
      break;
    }
  }
  return std::pow(10.0, std::ceil(std::log10(highest) - 1e-9));
}

void draw_grid(const plot_area& area, const log_scale& scale, double top) {
  const double room = (area.high().y - area.low().y) / type().small->FontSize;
  const double decades = std::log10(top / lowest);
  const int step = std::max(1, static_cast<int>(std::ceil(decades * 1.6 / std::max(1.0, room))));
  for (int decade = 0; decade <= std::lround(decades); decade += step) {
    const double value = lowest * std::pow(10.0, decade);
    area.draw_level(scale.y(value), tick_text(unit::seconds, value));
  }
  area.draw_times();
}

void draw_cells(const plot_area& area, const log_scale& scale, const heat_style& style,
                const heat_column& column) {
  const float left = std::max(area.x(column.begin), area.low().x);
  const float right = std::min(area.x(column.end), area.high().x);
  const auto all = static_cast<double>(count_of(column));
  if (right <= left || all <= 0) return;
  double share = 0;
  float bottom = area.high().y;
  for (std::size_t band = 0; band < column.counts.size(); ++band) {
    share += static_cast<double>(column.counts[band]) / all;
    const float top = scale.y(style.band_end(band));
    // Bands that lie below the scale come together in its lowest row.
    if (bottom - top < 1) continue;
    // One in a million is to be seen too.
    const auto strength = static_cast<float>(0.16 + 0.84 * std::sqrt(share));
    if (share > 0)
      area.list().AddRectFilled({left, top}, {right, bottom},
                                colors::packed(colors::faded(style.color, strength * 0.8F)));
    share = 0;
    bottom = top;
  }
}

void draw_line(const plot_area& area, const log_scale& scale, std::span<const heat_column> columns,
               double heat_column::*value, ImU32 color, float thickness) {
  const heat_column* before = nullptr;
  for (const heat_column& column : columns) {
    if (count_of(column) == 0) {
      before = nullptr;
      continue;
    }
    const float y = scale.y(column.*value);
    const float left = area.x(column.begin);
    if (before != nullptr)
      area.list().AddLine({left, scale.y(before->*value)}, {left, y}, color, thickness);
    area.list().AddLine({left, y}, {area.x(column.end), y}, color, thickness);
    before = &column;
  }
}

const heat_column* column_at(std::span<const heat_column> columns, double time) {
  const auto found = std::ranges::lower_bound(columns, time, {}, &heat_column::end);
  return found != columns.end() && found->begin <= time ? &*found : nullptr;
}

void show_tooltip(const heat_style& style, const heat_column* column, bool is_marked, double time) {
  if (column == nullptr) return;
  const std::uint64_t count = count_of(*column);
  ImGui::BeginTooltip();
  print(style.title, colors::quiet, type().small);
  if (count == 0) {
    print("nothing was due", colors::strong, type().bold);
  } else {
    print(
        "p50 " + model::duration_text(column->p50) + "   p99 " + model::duration_text(column->p99),
        colors::strong, type().bold);
    print(model::plural(count, "observation", "observations"), colors::quiet, type().small);
  }
  print(model::duration_text(-time) + " ago", colors::quiet, type().small);
  if (is_marked) print(style.mark, colors::critical, type().small);
  ImGui::EndTooltip();
}

}  // namespace

void heat_map(const heat_style& style, std::span<const heat_column> columns,
              std::span<const double> marks, time_view& view, ImVec2 size) {
  const bool has_value = !columns.empty() && count_of(columns.back()) > 0;
  const plot_area area(
      {.id = style.id,
       .title = style.title,
       .help = style.help,
       .now = has_value ? "p99 " + model::duration_text(columns.back().p99) : std::string(),
       .color = style.color},
      view, size);
  const double top = top_of(style, columns, view);
  const log_scale scale(area, top);
  draw_grid(area, scale, top);
  area.list().PushClipRect(area.low(), area.high(), true);
  for (const heat_column& column : columns)
    draw_cells(area, scale, style, column);
  draw_line(area, scale, columns, &heat_column::p50, colors::packed(colors::quiet), 1);
  draw_line(area, scale, columns, &heat_column::p99, colors::packed(colors::strong), 1.4F);
  for (const double mark : marks)
    area.draw_mark(mark);
  if (area.has_crosshair()) {
    const float x = area.x(view.hovered);
    area.list().AddLine({x, area.low().y}, {x, area.high().y}, colors::packed(colors::quiet));
  }
  area.list().PopClipRect();
  if (!area.is_hovered()) return;
  const heat_column* const column = column_at(columns, view.hovered);
  const bool is_marked = column != nullptr && std::ranges::any_of(marks, [column](double mark) {
                           return mark >= column->begin && mark < column->end;
                         });
  show_tooltip(style, column, is_marked, view.hovered);
}

}  // namespace asioscope::viewer
