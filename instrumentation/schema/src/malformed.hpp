// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>

namespace asioscope::schema::wire {

/// What was received breaks the rules of stream.proto. Does not leave this library: decoder turns
/// it into its error().
struct malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace asioscope::schema::wire
