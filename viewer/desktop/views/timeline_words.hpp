// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/timeline_lanes.hpp"

#include "asioscope/model/program.hpp"

#include <cstdint>
#include <string>

namespace asioscope::viewer {

/// "3.2 ms"; of what is negative "0 s".
[[nodiscard]] std::string span_text(std::int64_t ns);
/// "12.345 s after the start, 3.2 s ago".
[[nodiscard]] std::string when_text(const model::program& program, std::int64_t moment_ns);
/// What is notable of a run: "slow, cancelled"; empty as a rule.
[[nodiscard]] std::string flags_text(const model::slice& run);
/// How a wait ended.
[[nodiscard]] const char* outcome_of(const model::slice& wait);
/// What lies under the mouse, in a tooltip; nothing when that is nothing.
void show_tooltip(const model::program& program, const lane_hit& hit, const causality& causes);

}  // namespace asioscope::viewer
