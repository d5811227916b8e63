// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace asioscope::test_kit {

/// How many random schedules to try: the usual number, unless the environment variable
/// ASIOSCOPE_SCHEDULES asks for more, say a million, for a night. `run_shuffled` asks this, too.
std::size_t schedules(std::size_t usual);

}  // namespace asioscope::test_kit
