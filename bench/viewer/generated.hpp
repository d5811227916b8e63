// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/message.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asioscope::bench {

inline constexpr std::uint32_t generated_threads = 4;

/// A program with one loop on four threads, 60 handlers and 12 names of tasks.
[[nodiscard]] schema::frame generated_program();

/// About `count` slices of all threads: runs from 200 ns to milliseconds, with their waits and
/// tasks, a scope in some; beside them the creations of seven of eight operations. As frames of at
/// most 4,096 events for each thread.
[[nodiscard]] std::vector<schema::frame> generated_trace(std::size_t count);

/// `count` tasks that live, up to seven levels of who spawned whom, in frames of 100,000.
[[nodiscard]] std::vector<schema::frame> generated_tasks(std::size_t count);

}  // namespace asioscope::bench
