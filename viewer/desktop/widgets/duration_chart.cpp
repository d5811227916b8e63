// SPDX-License-Identifier: BSL-1.0
#include "widgets/duration_chart.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace asioscope::viewer {
namespace {

struct quantile {
  const char* name;
  double share;
};
constexpr std::array<quantile, 4> quantiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

}  // namespace

void duration_chart(const histogram_style& style, const schema::histogram& durations, ImVec2 size) {
  ImGui::BeginGroup();
  const float line = type().small->FontSize * 1.4F;
  histogram_chart(style, durations, {size.x, size.y - line});
  ImGui::PushFont(type().small);
  if (durations.count() != 0) {
    std::string text;
    for (const quantile& each : quantiles) {
      const double value = std::min(durations.quantile_seconds(each.share), style.longest);
      text += (text.empty() ? "" : "  ·  ") + std::string(each.name) + " " +
              model::duration_text(value);
    }
    if (std::isfinite(style.longest)) text += "  ·  max " + model::duration_text(style.longest);
    print(fitted(text, size.x), colors::quiet);
    explain(text);
  } else {
    ImGui::Dummy({1, line});
  }
  ImGui::PopFont();
  ImGui::EndGroup();
}

}  // namespace asioscope::viewer
