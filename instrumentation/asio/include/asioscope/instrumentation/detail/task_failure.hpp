// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/task.hpp"

/// Exceptions on their way out of a task. Everything here is for a catch clause or
/// unhandled_exception() only, and costs nothing unless something is thrown.
namespace asioscope::detail {

/// The object that is thrown, by whatever name it is thrown again; null when it is not one of C++.
[[nodiscard]] const void* current_exception_object() noexcept;

/// Whether it was thrown by a throw, and not only by way of an exception_ptr.
[[nodiscard]] bool current_exception_was_thrown() noexcept;

/// Whether the exception being handled means a cancellation: a system_error of operation_aborted.
[[nodiscard]] bool current_exception_is_cancellation() noexcept;

/// The exception being handled leaves a coroutine of a task. Told from the innermost coroutine on,
/// this is how it is known where an exception came through.
void exception_leaves_coroutine(recorder::task_id task,
                                const recorder::await_link& coroutine) noexcept;

/// The exception being handled leaves a task: leaves a note with its type and what().
void exception_leaves_task(recorder::task_id task, recorder::loop_id loop) noexcept;

/// Should `object` be thrown out of the run going on: it was reported when it left a task.
void expect_known_exception(const void* object, bool was_thrown) noexcept;

}  // namespace asioscope::detail
