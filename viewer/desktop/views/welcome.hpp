// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/connection.hpp"

#include <optional>
#include <vector>

namespace asioscope::viewer {

/// What there is to see before a program is: what is being waited for, and what can be done about
/// it. Returns what the user chose.
[[nodiscard]] std::optional<target> draw_welcome(const connection_status& connection,
                                                 const std::vector<local_program>& programs);

/// The programs as lines to click; the one with the socket `current` is marked.
[[nodiscard]] std::optional<target> draw_programs(const std::vector<local_program>& programs,
                                                  const std::string& current);

}  // namespace asioscope::viewer
