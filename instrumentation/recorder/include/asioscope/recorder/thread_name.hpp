// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

namespace asioscope::recorder {

/// The name that the kernel has for a thread of this process; empty when it cannot be read. Any
/// thread.
[[nodiscard]] std::string thread_name(std::int32_t os_id);

}  // namespace asioscope::recorder
