// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"
#include "asioscope/model/range_summary.hpp"

#include <cstdint>
#include <optional>

namespace asioscope::viewer {

/// What ran in a stretch of time, which lasted `span_ns`, under a title. Returns what was clicked.
std::optional<model::site_share> draw_summary(const model::program& program,
                                              const model::range_summary& summary,
                                              std::int64_t span_ns, const char* title);

}  // namespace asioscope::viewer
