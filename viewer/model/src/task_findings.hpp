// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/findings.hpp"
#include "asioscope/model/limits.hpp"
#include "asioscope/model/program.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace asioscope::model {

/// Who waits in a line for less than that is no reason to look.
inline constexpr std::int64_t long_wait_ns = limits::second_ns / 2;

[[nodiscard]] constexpr double seconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

/// Tasks of a name that never end and become more: each has done nothing since it began, and does
/// not wait for a peer, as a connection does.
void find_leaked_tasks(const program& program, std::vector<finding>& result);

/// Tasks that live for far longer than others of their name did.
void find_overdue_tasks(const program& program, std::vector<finding>& result);

/// 99 % of the tasks of a name end within that; nothing as long as too few have ended.
[[nodiscard]] std::optional<double> usual_life_seconds(const schema::task_statistics& name);
[[nodiscard]] bool is_overdue(double age_seconds, double usual_seconds);

/// It is no longer young, has done nothing since it began, and does not wait for a peer.
[[nodiscard]] bool is_like_leaked(const program& program, const schema::task_info& task);

}  // namespace asioscope::model
