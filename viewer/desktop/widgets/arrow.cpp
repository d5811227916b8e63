// SPDX-License-Identifier: BSL-1.0
#include "widgets/arrow.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"

#include <algorithm>
#include <cmath>

namespace asioscope::viewer {

void draw_arrow(ImDrawList& list, ImVec2 from, ImVec2 to, ImVec4 color) {
  const float em = type().small->FontSize;
  const float head = em * 0.5F;
  const float width = std::max(1.0F, em * 0.11F);
  const ImU32 packed = colors::packed(color);
  const bool is_one_row = std::abs(to.y - from.y) < 1;
  const float bend = std::clamp(std::abs(to.x - from.x) / 2, em, em * 6);
  const ImVec2 leave =
      is_one_row ? ImVec2{from.x, from.y - em * 1.6F} : ImVec2{from.x + bend, from.y};
  const ImVec2 arrive =
      is_one_row ? ImVec2{to.x - head, to.y - em * 1.6F} : ImVec2{to.x - head - bend, to.y};
  list.AddBezierCubic(from, leave, arrive, {to.x - head, to.y}, packed, width, 24);
  list.AddCircleFilled(from, width * 1.6F, packed);
  list.AddTriangleFilled({to.x - head, to.y - head * 0.55F}, to, {to.x - head, to.y + head * 0.55F},
                         packed);
}

}  // namespace asioscope::viewer
