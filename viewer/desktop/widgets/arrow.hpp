// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <imgui.h>

namespace asioscope::viewer {

/// Draws an arrow: leaves to the right and arrives from the left; within one row it leaps.
void draw_arrow(ImDrawList& list, ImVec2 from, ImVec2 to, ImVec4 color);

}  // namespace asioscope::viewer
