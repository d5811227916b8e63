// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/findings.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <imgui.h>

#include <cstdint>

namespace asioscope::viewer::colors {

/// The palette, in one place. Meaning is never carried by colour alone: a word or a shape goes with
/// it. Blue, orange, green and violet are told apart with every common kind of colour blindness.
struct color {
  float red, green, blue, alpha;

  operator ImVec4() const { return {red, green, blue, alpha}; }  // Dear ImGui's is no literal type
};

constexpr color rgb(unsigned hex, float alpha = 1.0F) {
  return {static_cast<float>(hex >> 16U & 0xFFU) / 255.0F,
          static_cast<float>(hex >> 8U & 0xFFU) / 255.0F, static_cast<float>(hex & 0xFFU) / 255.0F,
          alpha};
}

inline constexpr color ground = rgb(0x0E1217);
inline constexpr color card = rgb(0x151B23);
inline constexpr color raised = rgb(0x1D2530);
inline constexpr color hovered = rgb(0x273242);
inline constexpr color chosen = rgb(0x1F4468);
inline constexpr color line = rgb(0x2A3442);
inline constexpr color grid = rgb(0x222B37);

inline constexpr color text = rgb(0xDCE3EC);
inline constexpr color strong = rgb(0xFFFFFF);
inline constexpr color quiet = rgb(0x93A1B3);
inline constexpr color faint = rgb(0x64717F);

inline constexpr color accent = rgb(0x4AA3FF);
inline constexpr color good = rgb(0x3FC38A);
inline constexpr color warning = rgb(0xF2B84B);
inline constexpr color serious = rgb(0xFF8A4C);
inline constexpr color critical = rgb(0xFF5D66);

inline constexpr color utilisation = rgb(0x4AA3FF);
inline constexpr color lag = rgb(0xF2B84B);
inline constexpr color throughput = rgb(0x3FC38A);
inline constexpr color queue = rgb(0xB58CFF);
inline constexpr color scope = rgb(0x5B6B7E);

[[nodiscard]] inline ImVec4 faded(ImVec4 color, float alpha) {
  return {color.x, color.y, color.z, alpha};
}

[[nodiscard]] ImU32 packed(ImVec4 color);
[[nodiscard]] ImVec4 of(model::severity level);
[[nodiscard]] ImVec4 of(schema::task_state state);
/// Tells sites apart that stand side by side; white text on it can be read.
[[nodiscard]] ImVec4 of_site(std::uint32_t site);

/// Gives Dear ImGui the palette and the spacing, for a display of this scale.
void apply_theme(float scale);

}  // namespace asioscope::viewer::colors
