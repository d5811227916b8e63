// SPDX-License-Identifier: BSL-1.0
#include "widgets/ruler.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"

#include <cmath>
#include <string>

namespace asioscope::viewer {

float ruler_height() { return type().small->FontSize * 1.6F; }

void draw_ruler(ImDrawList& list, const time_axis& axis, std::int64_t zero_ns, float top,
                float bottom) {
  const ImFont* font = type().small;
  const std::int64_t step = mark_step_ns(axis, font->FontSize * 9);
  const std::int64_t since_zero = axis.range.begin_ns - zero_ns;
  std::int64_t mark = since_zero / step * step;
  if (mark < since_zero) mark += step;
  for (; mark <= since_zero + axis.range.span_ns; mark += step) {
    const float x = std::floor(axis.x(zero_ns + mark)) + 0.5F;
    list.AddLine({x, top + ruler_height() * 0.75F}, {x, bottom}, colors::packed(colors::grid));
    const std::string text = moment_text(mark, step);
    const float width = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x;
    if (x - width / 2 < axis.left || x + width / 2 > axis.right) continue;
    list.AddText(font, font->FontSize, {x - width / 2, top}, colors::packed(colors::faint),
                 text.c_str());
  }
}

}  // namespace asioscope::viewer
