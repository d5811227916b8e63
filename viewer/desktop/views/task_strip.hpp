// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/navigation.hpp"

#include "asioscope/model/program.hpp"
#include "asioscope/model/task_history.hpp"

#include <string>

namespace asioscope::viewer {

/// Draws a task's states one after the other, as far as the trace knows its life: on a thread,
/// queued, waiting for a resource, idle, not recorded. A click leads to that moment in the
/// timeline.
void draw_task_strip(const model::program& program, const schema::task_info& task,
                     const model::task_history& history, navigation& where);

[[nodiscard]] float task_strip_height();

/// How much of the task's life, and how many of its runs, the trace holds.
[[nodiscard]] std::string coverage_text(const schema::task_info& task,
                                        const model::task_history& history);

/// What it did at a moment, in words.
[[nodiscard]] std::string moment_text(const model::program& program,
                                      const model::task_moment& moment);

}  // namespace asioscope::viewer
