// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace asioscope::test_kit {

/// Calls `one` with the number of each random schedule, beginning with 1, until the test has
/// failed; the failure says with which. It is the seed of all that is random in it. `run_shuffled`
/// uses this, too.
///
/// As many as usual, unless the environment variable ASIOSCOPE_SCHEDULES says which: "1000000",
/// "500001-1000000" for the second half of them, "77-77" to repeat one.
void for_each_schedule(std::size_t usual, const std::function<void(std::uint64_t)>& one);

}  // namespace asioscope::test_kit
