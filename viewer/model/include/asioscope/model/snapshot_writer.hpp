// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/program.hpp"

#include <functional>
#include <string_view>

namespace asioscope::model {

/// Hands the messages of a stream's beginning to `sink`: a greeting and a snapshot, as the program
/// would have sent them to somebody who came just now. Without events and without the history of
/// plots. Stops when `sink` says false.
void write_snapshot(const program& state, const std::function<bool(std::string_view)>& sink);

}  // namespace asioscope::model
