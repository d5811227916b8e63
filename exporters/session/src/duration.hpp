// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace asioscope {

/// Reads "250us", "1.5ms", "1s". Nothing for other text, for zero, and for more than a year.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "25ms", in the largest unit in which it is a whole number.
[[nodiscard]] std::string to_text(std::chrono::nanoseconds duration);

}  // namespace asioscope
