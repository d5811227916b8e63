// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::viewer {

/// A question in the middle of the window, in front of everything. True when its content is to be
/// drawn; then end_dialog() has to follow. A click beside it closes it.
[[nodiscard]] bool begin_dialog(const char* title, bool& is_open);
void end_dialog(bool& is_open);

}  // namespace asioscope::viewer
