// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/navigation.hpp"

#include "asioscope/model/program.hpp"

#include <cstdint>
#include <string>

namespace asioscope::viewer {

/// What a task has to do with others, each line with buttons that lead there.

/// Its coroutines, each awaiting the next, what the last one waits for, and who holds that.
void draw_waits(const model::program& program, const schema::task_info& task, navigation& where);
/// The resources that it holds, and who waits for them.
void draw_held(const model::program& program, const schema::task_info& task, navigation& where);
/// Who started it, who started that.
void draw_ancestors(const model::program& program, const schema::task_info& task,
                    navigation& where);
/// What it said, the latest first.
void draw_messages(const model::program& program, const schema::task_info& task, navigation& where);
/// How it failed, blocked, or was slow, the latest first.
void draw_reports(const model::program& program, const schema::task_info& task, navigation& where);

/// A button that leads to a task: behind the last item, or below it when there is no room.
void task_button(const std::string& label, std::uint64_t task, navigation& where);
/// What comes next, with a button's frame, stands behind the last item when there is room.
void same_line_if_fits(const std::string& label);

}  // namespace asioscope::viewer
