// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/palette.hpp"

namespace asioscope::viewer {

/// How everything looks, whatever is shown.
struct look {
  static constexpr float least_zoom = 0.6F;
  static constexpr float most_zoom = 3;

  float zoom = 1;
  colors::theme theme = colors::theme::dark;

  friend bool operator==(const look&, const look&) = default;
};

}  // namespace asioscope::viewer
