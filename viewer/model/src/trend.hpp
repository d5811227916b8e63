// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <span>

namespace asioscope::model {

/// True when `values`, at equal distances in time, have at least doubled, steadily:
/// each third is above the one before, in the middle of its values, so that a burst does not count.
[[nodiscard]] bool grows(std::span<const double> values);

}  // namespace asioscope::model
