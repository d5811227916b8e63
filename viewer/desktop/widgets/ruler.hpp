// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/time_range.hpp"

#include <imgui.h>

#include <cstdint>

namespace asioscope::viewer {

/// Draws moments as seconds since `zero_ns` in a line at `top`, and marks down to `bottom`.
void draw_ruler(ImDrawList& list, const time_axis& axis, std::int64_t zero_ns, float top,
                float bottom);

[[nodiscard]] float ruler_height();

}  // namespace asioscope::viewer
