// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::viewer {

/// ImGui::SmallButton, for names: that one cuts off what lies below the line, as underscores do.
bool small_button(const char* label);

}  // namespace asioscope::viewer
