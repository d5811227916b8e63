// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "options.hpp"

namespace asioscope::viewer {

/// Opens the window and stays until it is closed or the errand is done. Returns the exit code.
/// Throws std::runtime_error with a sentence for the user when no window can be opened.
[[nodiscard]] int run_window(const options& chosen);

}  // namespace asioscope::viewer
