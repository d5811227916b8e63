// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::viewer {

/// A panel on the ground, as wide as there is room, for content of this height in pixels.
void begin_card(const char* id, float content_height);
void end_card();

}  // namespace asioscope::viewer
