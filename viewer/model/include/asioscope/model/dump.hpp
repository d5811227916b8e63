// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"

#include <iosfwd>

namespace asioscope::model {

/// Writes all that is known as one JSON object, in UTF-8.
/// Units: a key ending in `_ns` is in nanoseconds, in `_seconds` in seconds. Unknown values are
/// null.
void dump_json(const program& program, std::ostream& out);

}  // namespace asioscope::model
