// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::viewer {

/// The list of keys and mouse habits over the rest. `open` becomes false when the user closes it.
void draw_help(bool& open);

}  // namespace asioscope::viewer
