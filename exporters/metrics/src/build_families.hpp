// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "definitions.hpp"

#include "asioscope/metrics/families.hpp"

#include <vector>

namespace asioscope::metrics {

/// The families of a reading that have samples. Pure.
[[nodiscard]] std::vector<family> build_families(const reading& from);

}  // namespace asioscope::metrics
