// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "trimmed.hpp"

#include <optional>
#include <string_view>

/// Header fields that are lists with weights, as RFC 9110 writes them: "a/b;x=\"1\";q=0.5, c".
namespace asioscope::metrics {

/// Takes what stands before the next separator, and the separator, away from `rest`; without space
/// around it. A separator in quotes separates nothing.
[[nodiscard]] std::string_view take_part(std::string_view& rest, char separator);

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool same_word(std::string_view left, std::string_view right);

/// The value of a `q` in thousandths: "0", "0.25", "1.000". Nothing: it is none.
[[nodiscard]] std::optional<int> parse_weight(std::string_view text);

}  // namespace asioscope::metrics
