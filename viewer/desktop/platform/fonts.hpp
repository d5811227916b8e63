// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <imgui.h>

namespace asioscope::viewer {

/// The type sizes of the program. All have digits of one width, so that numbers do not dance.
struct fonts {
  ImFont* body = nullptr;
  ImFont* small = nullptr;
  ImFont* bold = nullptr;
  ImFont* title = nullptr;
  ImFont* figure = nullptr;  ///< large numbers
  ImFont* mono = nullptr;    ///< code, addresses
};

/// Loads DejaVu for a display of this scale, or what Dear ImGui brings along where it is not
/// installed.
[[nodiscard]] fonts load_fonts(float scale);

/// The fonts in use; set once per scale by whoever owns the context.
void use_fonts(const fonts& loaded);
[[nodiscard]] const fonts& type() noexcept;

}  // namespace asioscope::viewer
