// SPDX-License-Identifier: BSL-1.0
#include "widgets/duration_chart.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"
#include "widgets/text.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace asioscope::viewer {
namespace {

struct quantile {
  const char* name;
  double share;
};
constexpr std::array<quantile, 4> quantiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

constexpr const char* between = "  ·  ";

std::string joined(const std::vector<std::string>& parts) {
  std::string result;
  for (const std::string& each : parts)
    result += (result.empty() ? "" : between) + each;
  return result;
}

// In a narrow chart those go first that the picture shows or the others tell of.
std::string fitted_parts(std::vector<std::string> parts, float width) {
  constexpr std::array<std::ptrdiff_t, 2> least_missed = {1, 0};  // p90, then p50
  for (const std::ptrdiff_t each : least_missed) {
    if (ImGui::CalcTextSize(joined(parts).c_str()).x <= width) break;
    parts.erase(parts.begin() + each);
  }
  return fitted(joined(parts), width);
}

}  // namespace

void duration_chart(const histogram_style& style, const schema::histogram& durations, ImVec2 size) {
  ImGui::BeginGroup();
  const float line = type().small->FontSize * 1.4F;
  histogram_chart(style, durations, {size.x, size.y - line});
  ImGui::PushFont(type().small);
  if (durations.count() != 0) {
    std::vector<std::string> parts;
    for (const quantile& each : quantiles) {
      const double value = std::min(durations.quantile_seconds(each.share), style.longest);
      parts.push_back(std::string(each.name) + " " + model::duration_text(value));
    }
    if (std::isfinite(style.longest)) parts.push_back("max " + model::duration_text(style.longest));
    print(fitted_parts(parts, size.x), colors::quiet);
    explain(joined(parts));
  } else {
    ImGui::Dummy({1, line});
  }
  ImGui::PopFont();
  ImGui::EndGroup();
}

}  // namespace asioscope::viewer
