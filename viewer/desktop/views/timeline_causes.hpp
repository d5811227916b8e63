// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/causality.hpp"

#include "asioscope/model/program.hpp"

#include <optional>
#include <string>

namespace asioscope::viewer {

/// "posted by shop::router::dispatch 12 µs before it began"; empty when it is not known.
[[nodiscard]] std::string cause_text(const model::program& program, const causality& known);

/// Says who created the run's operation and what it created. Returns the run that was clicked.
std::optional<model::found_run> draw_causes(const model::program& program, const causality& known);

}  // namespace asioscope::viewer
