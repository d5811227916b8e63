// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/snapshot.hpp"

#include <iosfwd>

namespace asioscope {

/// Writes every live task of the process to `out`: its name, state and age, the coroutines that
/// await each other with the lines they have come to, what it waits for, and under it the tasks
/// that it spawned. No loop is stopped or slowed for it. Takes a lock and may take 100 ms the first
/// time, for the names: not on a loop thread.
///
/// Thread safety: any thread. Chains of coroutines need the hooks; without them the tasks are
/// listed alone.
void dump_tasks(std::ostream& out);

namespace recorder {

/// The same for the tasks in `from`.
void write_tasks(const schema::snapshot& from, std::ostream& out);

}  // namespace recorder
}  // namespace asioscope
