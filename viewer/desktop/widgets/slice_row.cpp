// SPDX-License-Identifier: BSL-1.0
#include "widgets/slice_row.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace asioscope::viewer {
namespace {

constexpr int shades = 6;
constexpr std::size_t block_size = model::slice_track::block_size;
constexpr std::size_t many_blocks = 8;

// Neighbours of one shade become one rectangle.
class fold_strip {
 public:
  fold_strip(ImDrawList& list, float top, float bottom, ImVec4 color)
      : list_(list), top_(top), bottom_(bottom), color_(color) {}

  void add(float x, double share) {
    const int shade = std::clamp(static_cast<int>(std::ceil(share * shades)), 1, shades);
    if (shade == shade_ && x <= right_ + 0.01F) {
      right_ = x + 1;
      return;
    }
    flush();
    left_ = x;
    right_ = x + 1;
    shade_ = shade;
  }

  void flush() {
    if (shade_ == 0) return;
    const float alpha = 0.22F + 0.78F * static_cast<float>(shade_) / shades;
    list_.AddRectFilled({left_, top_}, {right_, bottom_},
                        colors::packed(colors::faded(color_, color_.w * alpha)));
    shade_ = 0;
  }

 private:
  ImDrawList& list_;
  float top_;
  float bottom_;
  ImVec4 color_;
  float left_ = 0;
  float right_ = -1;
  int shade_ = 0;
};

}  // namespace

std::string name_in(const std::string& name, float width) {
  ImGui::PushFont(type().small);
  const bool fits = ImGui::CalcTextSize(name.c_str()).x <= width;
  const bool is_hopeless = !fits && width < ImGui::GetFontSize() * 3;
  std::string shown = is_hopeless ? std::string() : fitted_name(name, width);
  ImGui::PopFont();
  return shown;
}

void fill_block(ImDrawList& list, ImVec2 low, ImVec2 high, ImVec4 fill, ImVec4 edge) {
  list.AddRectFilled(low, high, colors::packed(fill));
  if (edge.w > 0) list.AddRect(low, high, colors::packed(edge), 0, 0, 1.5F);
}

float label_room(ImVec2 low, ImVec2 high) {
  const float size = type().small->FontSize;
  const float room = high.x - low.x - size * 0.6F;
  return room < size * 2 ? 0 : room;
}

void label_block(ImDrawList& list, ImVec2 low, ImVec2 high, ImVec4 fill, const std::string& label) {
  const ImFont* font = type().small;
  const std::string text = name_in(label, label_room(low, high));
  if (text.empty()) return;
  list.AddText(font, font->FontSize,
               {low.x + font->FontSize * 0.3F, (low.y + high.y - font->FontSize) / 2},
               colors::packed(colors::readable_on(fill)), text.c_str());
}

slice_hit draw_slices(ImDrawList& list, const time_axis& axis, float top, float height,
                      const model::slice_track& track, const slice_look& look, ImVec2 mouse) {
  slice_hit hit;
  // A pixel is hard to meet: those around it will do, when nothing is in it.
  constexpr float reach = 1.5F;
  float hit_off = std::nextafter(reach, 2 * reach);  // how far the mouse is from what it hit
  const bool is_in_row = mouse.y >= top && mouse.y < top + height;
  const double pixel_ns = axis.ns_per_pixel();
  fold_strip folded(list, top, top + height, look.folded);
  std::size_t index = track.first_ending_after(axis.range.begin_ns);
  float next_pixel = axis.left;
  const auto fold = [&](float pixel, std::size_t first, std::size_t last, std::uint64_t busy_ns) {
    folded.add(pixel, static_cast<double>(busy_ns) / pixel_ns);
    next_pixel = pixel + 1;
    const bool is_in_pixel = mouse.x >= pixel && mouse.x < pixel + 1;
    const float off = is_in_pixel ? 0 : std::abs(mouse.x - pixel - 0.5F);
    if (!is_in_row || off >= hit_off) return;
    hit_off = off;
    hit = last - first == 1
              ? slice_hit{.one = &track[first]}
              : slice_hit{.one = nullptr, .folded = last - first, .folded_ns = busy_ns};
  };
  while (index < track.size()) {
    // Very many to a pixel: up to the end of the last whole block, without a look at them.
    const std::size_t block = (index + block_size - 1) / block_size;
    const std::size_t last = track.first_block_ending_after(axis.moment(next_pixel + 1), block);
    if (next_pixel < axis.right && last >= block + many_blocks) {
      const std::size_t first = std::exchange(index, last * block_size);
      fold(next_pixel, first, index,
           track.sum_ns(first, block * block_size) + track.sum_of_blocks_ns(block, last));
      continue;
    }
    const model::slice& each = track[index];
    if (each.begin_ns >= axis.range.end_ns()) break;
    const float begin = axis.x(each.begin_ns);
    const float end = axis.x(each.end_ns());
    if (end - begin >= 1) {
      folded.flush();
      const ImVec2 low{std::max(begin, axis.left), top};
      const ImVec2 high{std::min(end, axis.right), top + height};
      draw_block(list, low, high, look.color(each), look.edge(each),
                 [&] { return look.label(each); });
      if (is_in_row && mouse.x >= low.x && mouse.x < high.x) {
        hit = {.one = &each};
        hit_off = 0;
      }
      ++index;
      continue;
    }
    // All that ends within this pixel.
    const float pixel = std::max(std::floor(begin), axis.left);
    const std::size_t next =
        std::max(index + 1, track.first_ending_after(axis.moment(pixel + 1), index + 1));
    fold(pixel, index, next, track.sum_ns(index, next));
    index = next;
  }
  folded.flush();
  return hit;
}

}  // namespace asioscope::viewer
