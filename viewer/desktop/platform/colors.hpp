// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/palette.hpp"

#include "asioscope/model/findings.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <imgui.h>

#include <cstdint>

namespace asioscope::viewer::colors {

/// A colour by what it means; which one that is depends on the theme in use.
class role {
 public:
  explicit constexpr role(color palette::*which) : which_(which) {}
  operator ImVec4() const;

 private:
  color palette::*which_;
};

inline constexpr role ground{&palette::ground};
inline constexpr role card{&palette::card};
inline constexpr role raised{&palette::raised};
inline constexpr role hovered{&palette::hovered};
inline constexpr role chosen{&palette::chosen};
inline constexpr role line{&palette::line};
inline constexpr role grid{&palette::grid};

inline constexpr role text{&palette::text};
inline constexpr role strong{&palette::strong};
inline constexpr role quiet{&palette::quiet};
inline constexpr role faint{&palette::faint};

inline constexpr role accent{&palette::accent};
inline constexpr role good{&palette::good};
inline constexpr role warning{&palette::warning};
inline constexpr role serious{&palette::serious};
inline constexpr role critical{&palette::critical};

inline constexpr role utilisation{&palette::utilisation};
inline constexpr role lag{&palette::lag};
inline constexpr role throughput{&palette::throughput};
inline constexpr role queue{&palette::queue};
inline constexpr role scope{&palette::scope};

/// Of text on this fill, which lies on a card: white or nearly black.
[[nodiscard]] ImVec4 readable_on(ImVec4 fill);

[[nodiscard]] inline ImVec4 faded(ImVec4 color, float alpha) {
  return {color.x, color.y, color.z, alpha};
}

[[nodiscard]] ImU32 packed(ImVec4 color);
[[nodiscard]] ImVec4 of(model::severity level);
[[nodiscard]] ImVec4 of(schema::task_state state);
/// Tells sites apart that stand side by side; white text on it can be read.
[[nodiscard]] ImVec4 of_site(std::uint32_t site);

/// Gives Dear ImGui the palette and the spacing, for a display of this scale.
void apply_theme(float scale, theme which = theme::dark);

}  // namespace asioscope::viewer::colors
