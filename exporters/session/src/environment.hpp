// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/session/session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace asioscope {

/// Looks a variable up; null when it is not set.
using environment = std::function<const char*(const char* name)>;

/// The options with what the environment says instead. Each value that is not understood leaves its
/// option as it is and adds a sentence to `problems`.
[[nodiscard]] session::options apply_environment(session::options wanted,
                                                 const environment& look_up,
                                                 std::vector<std::string>& problems);

}  // namespace asioscope
