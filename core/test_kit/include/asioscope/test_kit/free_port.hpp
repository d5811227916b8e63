// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace asioscope::test_kit {

/// A TCP port of 127.0.0.1 on which nobody listens. Better still is to listen on port 0.
/// \throws std::system_error
std::uint16_t free_port();

}  // namespace asioscope::test_kit
