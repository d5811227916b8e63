// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/scene.hpp"

namespace asioscope::viewer {

/// A tab for each program that is watched. Returns true when one more is wanted.
[[nodiscard]] bool draw_tab_strip(const scene& now, wishes& result);

}  // namespace asioscope::viewer
