// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "options.hpp"

namespace asioscope::viewer {

/// Writes what a program says to a file, until it ends, the time is over or somebody interrupts.
/// Returns the exit code.
[[nodiscard]] int record_without_window(const options& chosen);

}  // namespace asioscope::viewer
