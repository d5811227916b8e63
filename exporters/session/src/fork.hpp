// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

namespace asioscope {

/// Whether this process has a session.
extern constinit std::atomic<bool> session_exists;

/// Sees to it, once for the process, that a forked child starts clean: nothing recorded, no
/// session.
void prepare_for_fork();

/// How often this process is a fork of a fork since then.
[[nodiscard]] unsigned forks_so_far() noexcept;

}  // namespace asioscope
