// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "qualified_name.hpp"

#include <optional>
#include <string>
#include <vector>

namespace asioscope::watchdog {

struct primitive_name {
  std::string name;  ///< as its user knows it: `asioscope::core::semaphore`
  /// It is known which primitive it is: the user's types in its arguments are what it holds, and
  /// no handlers.
  bool exact = false;
};

/// What works inside one of core's primitives, by the name of the primitive. Nothing: it is no part
/// of core.
[[nodiscard]] std::optional<primitive_name> primitive_of(const std::vector<name_part>& name);

}  // namespace asioscope::watchdog
