// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace asioscope::model {

/// A stretch of time in which the program's events were not recorded, between others in which they
/// were.
struct untraced_stretch {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;

  friend bool operator==(const untraced_stretch&, const untraced_stretch&) = default;
};

}  // namespace asioscope::model
