// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/time_range.hpp"

#include "asioscope/model/slice_track.hpp"

#include <imgui.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace asioscope::viewer {

/// What lies under the mouse: one slice, or several that share a pixel.
struct slice_hit {
  const model::slice* one = nullptr;
  std::size_t folded = 0;       ///< how many, when there is not one
  std::uint64_t folded_ns = 0;  ///< what they lasted together
};

struct slice_look {
  std::function<ImVec4(const model::slice&)> color;
  std::function<ImVec4(const model::slice&)> edge;  ///< of what is notable; no alpha: none
  std::function<std::string(const model::slice&)> label;
  ImVec4 folded;  ///< of what is smaller than a pixel
};

void fill_block(ImDrawList& list, ImVec2 low, ImVec2 high, ImVec4 fill, ImVec4 edge);
/// How wide a label of the block may be; 0: there is no room for one.
[[nodiscard]] float label_room(ImVec2 low, ImVec2 high);
void label_block(ImDrawList& list, ImVec2 low, ImVec2 high, ImVec4 fill, const std::string& label);

/// Draws one: `edge` without alpha is none; `label`, which makes the text, is asked only if there
/// is room for it.
template <class Label>
void draw_block(ImDrawList& list, ImVec2 low, ImVec2 high, ImVec4 fill, ImVec4 edge, Label label) {
  fill_block(list, low, high, fill, edge);
  if (label_room(low, high) > 0) label_block(list, low, high, fill, label());
}

/// Draws the slices of `track`, which do not overlap, in a row. Its cost follows the pixels: what
/// is smaller than one is drawn as one, the darker the more of its time it fills.
slice_hit draw_slices(ImDrawList& list, const time_axis& axis, float top, float height,
                      const model::slice_track& track, const slice_look& look, ImVec2 mouse);

/// A name that fits into `width`: whole, else its last parts ("read_request"), else shortened;
/// empty when there is no room.
[[nodiscard]] std::string name_in(const std::string& name, float width);

}  // namespace asioscope::viewer
