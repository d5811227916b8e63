// SPDX-License-Identifier: BSL-1.0
#include "widgets/time_view.hpp"

#include <algorithm>

namespace asioscope::viewer {

void time_view::zoom(double factor, double at) {
  const double part = (end - at) / span;
  span = std::clamp(span * factor, shortest, longest);
  // What is live stays live: a zoom must not make the newest value leave the picture.
  end = end >= 0 ? 0 : at + part * span;
  move(0);
}

void time_view::move(double seconds) { end = std::clamp(end + seconds, span - longest, 0.0); }

void time_view::reset() {
  span = usual;
  end = 0;
}

}  // namespace asioscope::viewer
