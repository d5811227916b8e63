// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/ticks.hpp"

#include <cstdint>
#include <vector>

namespace asioscope::recorder {

/// One moment on all clocks.
struct clock_anchor {
  ticks at = 0;
  std::int64_t monotonic_ns = 0;
  std::int64_t realtime_ns = 0;
};

/// Turns ticks into CLOCK_MONOTONIC nanoseconds: linear between the readings around a moment, so
/// that what is measured follows the kernel's clock however the processor's drifts. Value type:
/// take one, convert many.
class tick_converter {
 public:
  explicit tick_converter(std::vector<clock_anchor> anchors) : anchors_(std::move(anchors)) {}

  [[nodiscard]] std::int64_t operator()(ticks t) const noexcept;

 private:
  std::vector<clock_anchor> anchors_;  // ascending, at least one
};

/// A converter with the readings of now.
tick_converter current_converter();

}  // namespace asioscope::recorder
