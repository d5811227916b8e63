// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace asioscope::core {

/// Where in the user's code something was called: as a default argument it is the caller's line.
struct call_site {
  const char* file = "";
  int line = 0;

  static constexpr call_site here(const char* file = __builtin_FILE(),
                                  int line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

}  // namespace asioscope::core
