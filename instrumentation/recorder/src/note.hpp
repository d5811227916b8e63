// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace asioscope::recorder {

/// Reports and notes that were not delivered.
std::uint64_t suppressed_so_far() noexcept;

}  // namespace asioscope::recorder
