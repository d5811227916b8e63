// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "platform/palette.hpp"
#include "saved_filters.hpp"

namespace asioscope::viewer {

/// What the user is used to, whatever is shown.
struct habits {
  static constexpr float least_zoom = 0.6F;
  static constexpr float most_zoom = 3;

  float zoom = 1;
  colors::theme theme = colors::theme::dark;
  saved_filters filters = {};

  friend bool operator==(const habits&, const habits&) = default;
};

}  // namespace asioscope::viewer
