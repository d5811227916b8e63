// SPDX-License-Identifier: BSL-1.0
#include "widgets/histogram_chart.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/axis.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace asioscope::viewer {
namespace {

constexpr std::size_t fewest_buckets = 16;

struct range {
  std::size_t first = 0;
  std::size_t last = 0;  // included
};

// The buckets from the first to the last that holds something, with some air.
range filled(const schema::histogram& durations) {
  range result{schema::bucket_count, 0};
  for (std::size_t index = 0; index < schema::bucket_count; ++index) {
    if (durations.buckets[index] == 0) continue;
    result.first = std::min(result.first, index);
    result.last = index;
  }
  result.first = result.first > 2 ? result.first - 2 : 0;
  result.last =
      std::min(std::max(result.last + 2, result.first + fewest_buckets), schema::bucket_count - 1);
  return result;
}

std::string bucket_text(std::size_t index) {
  if (index == 0) return "up to " + model::duration_text(schema::upper_bound_seconds(0));
  const std::string low = model::duration_text(schema::upper_bound_seconds(index - 1));
  if (index + 1 == schema::bucket_count) return "over " + low;
  return low + " to " + model::duration_text(schema::upper_bound_seconds(index));
}

void label(ImDrawList& list, ImVec2 at, const std::string& text, ImVec4 color, const ImFont* font) {
  list.AddText(font, font->FontSize, at, colors::packed(color), text.c_str());
}

float width_in(const ImFont* font, const std::string& text) {
  return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x;
}

class chart {
 public:
  chart(ImVec2 low, ImVec2 high, const schema::histogram& durations)
      : low_(low), high_(high), durations_(durations), shown_(filled(durations)) {
    for (const std::uint64_t each : durations.buckets)
      highest_ = std::max(highest_, each);
  }

  void draw_axis(ImDrawList& list) const {
    const ImFont* font = type().small;
    list.AddLine({low_.x, high_.y}, {high_.x, high_.y}, colors::packed(colors::line));
    // Decades, so that the labels are round.
    float free_from = low_.x;
    for (double decade = 1e-8; decade < 100; decade *= 10) {
      const float x = position(decade);
      if (x < low_.x || x > high_.x) continue;
      list.AddLine({x, low_.y}, {x, high_.y}, colors::packed(colors::grid));
      const std::string text = tick_text(unit::seconds, decade);
      const float width = width_in(font, text);
      const float left = std::clamp(x - width / 2, low_.x, high_.x - width);
      if (left < free_from) continue;
      label(list, {left, high_.y + font->FontSize * 0.25F}, text, colors::faint, font);
      free_from = left + width + font->FontSize * 0.5F;
    }
  }

  void draw_bars(ImDrawList& list, ImVec4 color) const {
    const float gap = column() > 5 ? 1.0F : 0.0F;
    for (std::size_t index = shown_.first; index <= shown_.last; ++index) {
      if (durations_.buckets[index] == 0) continue;
      const float x = left_of(index);
      list.AddRectFilled({x + gap, top_of(index)}, {x + column() - gap, high_.y},
                         colors::packed(color), gap);
    }
  }

  void draw_quantile(ImDrawList& list, double quantile, const char* name, float line,
                     double longest) const {
    const double value = std::min(durations_.quantile_seconds(quantile), longest);
    const float x = position(value);
    const ImFont* font = type().small;
    const float y = low_.y + line * font->FontSize * 1.15F;
    list.AddLine({x, y}, {x, high_.y}, colors::packed(colors::faded(colors::strong, 0.55F)));
    const std::string text = std::string(name) + " " + model::duration_text(value);
    const float width = width_in(font, text);
    const float pad = font->FontSize * 0.3F;
    const bool fits = x + pad + width <= high_.x;
    const float left = fits ? x + pad : x - pad - width;
    list.AddRectFilled({left - 2, y}, {left + width + 2, y + font->FontSize * 1.1F},
                       colors::packed(colors::faded(colors::card, 0.8F)));
    label(list, {left, y}, text, colors::text, font);
  }

  [[nodiscard]] std::size_t hovered() const {
    const float part = (ImGui::GetIO().MousePos.x - low_.x) / std::max(1.0F, high_.x - low_.x);
    const auto columns = static_cast<float>(shown_.last - shown_.first + 1);
    return shown_.first + static_cast<std::size_t>(std::clamp(part * columns, 0.0F, columns - 1));
  }

  [[nodiscard]] duration_range hovered_range() const {
    const std::size_t index = hovered();
    return {index == 0 ? 0 : schema::upper_bound_seconds(index - 1),
            schema::upper_bound_seconds(index)};
  }

  void explain_bucket(const char* click) const {
    const std::size_t hovered = this->hovered();
    std::uint64_t up_to = 0;
    for (std::size_t index = 0; index <= hovered; ++index)
      up_to += durations_.buckets[index];
    const auto whole = static_cast<double>(durations_.count());
    const auto here = static_cast<double>(durations_.buckets[hovered]);
    ImGui::BeginTooltip();
    print(bucket_text(hovered), colors::quiet, type().small);
    print(model::plural(durations_.buckets[hovered], "time", "times") + ", " +
              model::percent_text(here / whole),
          colors::strong, type().bold);
    print(model::percent_text(static_cast<double>(up_to) / whole) + " were not longer",
          colors::quiet, type().small);
    if (*click != '\0') print(click, colors::faint, type().small);
    ImGui::EndTooltip();
  }

 private:
  [[nodiscard]] float column() const {
    return (high_.x - low_.x) / static_cast<float>(shown_.last - shown_.first + 1);
  }
  [[nodiscard]] float left_of(std::size_t index) const {
    return low_.x + column() * static_cast<float>(index - shown_.first);
  }
  [[nodiscard]] float top_of(std::size_t index) const {
    const double part =
        static_cast<double>(durations_.buckets[index]) / static_cast<double>(highest_);
    // What occurred at all is seen, however rare. The top is left to the labels of the quantiles.
    const float room = (high_.y - low_.y) * 0.84F;
    const float height = std::max(2.0F, static_cast<float>(part) * room);
    return high_.y - height;
  }
  // Where a duration lies: bucket k ends at 2^(lowest + k/4) seconds.
  [[nodiscard]] float position(double seconds) const {
    const double buckets = (std::log2(std::max(seconds, 1e-9)) - schema::lowest_exponent) *
                               static_cast<double>(schema::buckets_per_octave) +
                           1;
    return low_.x + column() * static_cast<float>(buckets - static_cast<double>(shown_.first));
  }

  ImVec2 low_;
  ImVec2 high_;
  const schema::histogram& durations_;
  range shown_;
  std::uint64_t highest_ = 1;
};

}  // namespace

std::optional<duration_range> histogram_chart(const histogram_style& style,
                                              const schema::histogram& durations, ImVec2 size) {
  std::optional<duration_range> clicked;
  const ImFont* small = type().small;
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::PushID(style.id);
  const std::string title =
      std::string(style.title) + "  ·  " + model::count_text(durations.count());
  label(list, origin, title, colors::quiet, small);
  const float head = small->FontSize * 1.6F;
  ImGui::InvisibleButton("head", {size.x, head});
  explain(style.help);

  const ImVec2 low{origin.x, origin.y + head};
  const ImVec2 high{origin.x + size.x, origin.y + size.y - small->FontSize * 1.5F};
  ImGui::SetCursorScreenPos(low);
  ImGui::InvisibleButton("area", {std::max(1.0F, size.x), std::max(1.0F, high.y - low.y)});
  if (durations.count() == 0) {
    label(list, {low.x, (low.y + high.y - small->FontSize) / 2}, "nothing recorded in this time",
          colors::faint, small);
  } else {
    const chart drawn(low, high, durations);
    drawn.draw_axis(list);
    drawn.draw_bars(list, style.color);
    drawn.draw_quantile(list, 0.5, "p50", 0, style.longest);
    drawn.draw_quantile(list, 0.99, "p99", 1.1F, style.longest);
    if (ImGui::IsItemHovered()) drawn.explain_bucket(style.click);
    if (ImGui::IsItemClicked()) clicked = drawn.hovered_range();
  }
  ImGui::SetCursorScreenPos(origin);
  ImGui::Dummy(size);
  ImGui::PopID();
  return clicked;
}

}  // namespace asioscope::viewer
