// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <imgui.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace asioscope::viewer::colors {

struct color {
  float red, green, blue, alpha;

  operator ImVec4() const { return {red, green, blue, alpha}; }  // Dear ImGui's is no literal type
  friend bool operator==(const color&, const color&) = default;
};

constexpr color rgb(unsigned hex, float alpha = 1.0F) {
  return {static_cast<float>(hex >> 16U & 0xFFU) / 255.0F,
          static_cast<float>(hex >> 8U & 0xFFU) / 255.0F, static_cast<float>(hex & 0xFFU) / 255.0F,
          alpha};
}

/// Relative luminance after WCAG 2, 0 to 1.
[[nodiscard]] float luminance(const color& of);

enum class theme : std::uint8_t { dark, light, colour_blind };

struct theme_entry {
  theme which;
  const char* name;   ///< on the command line and in the settings
  const char* title;  ///< for people
};

inline constexpr std::array<theme_entry, 3> themes = {{
    {theme::dark, "dark", "Dark"},
    {theme::light, "light", "Light"},
    {theme::colour_blind, "colour-blind", "Colour-blind safe"},
}};

[[nodiscard]] std::optional<theme> theme_named(std::string_view name);
[[nodiscard]] const theme_entry& entry_of(theme which);
/// The one after it, round and round.
[[nodiscard]] theme next(theme which);

/// The colours of a theme, by what they mean. Meaning is never carried by colour alone: a word or a
/// shape goes with it. All text can be read on all three grounds; in the colour-blind theme, what
/// stands for different things is told apart with every kind of colour blindness.
struct palette {
  color ground, card, raised, hovered, chosen, line, grid;
  color text, strong, quiet, faint;
  color accent, good, warning, serious, critical;
  color utilisation, lag, throughput, queue, scope;
  color stripe;  ///< over every second row
  color veil;    ///< over everything behind a question
  std::array<color, 10> site;
  std::size_t sites;  ///< of them in use
};

[[nodiscard]] const palette& palette_of(theme which);

}  // namespace asioscope::viewer::colors
