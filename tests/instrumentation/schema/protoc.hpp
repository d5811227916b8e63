// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace asioscope::schema::testing {

/// What `protoc --decode=asioscope.Stream` prints for `bytes`; empty when it fails.
std::string protoc_decode(const std::string& bytes);

}  // namespace asioscope::schema::testing
