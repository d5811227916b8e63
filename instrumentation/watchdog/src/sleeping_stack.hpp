// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "stack_walk.hpp"

#include <sys/types.h>

#include <optional>

namespace asioscope::watchdog {

/// A copy of the stack of a thread that waits in a system call, taken without its noticing: no
/// signal, nothing is stopped. Empty when it does not wait, or did not sleep through the whole
/// copying.
[[nodiscard]] std::optional<frozen_stack> copy_sleeping_stack(pid_t thread);

}  // namespace asioscope::watchdog
