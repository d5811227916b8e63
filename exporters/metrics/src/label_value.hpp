// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace asioscope::metrics {

inline constexpr std::size_t max_label_bytes = 128;

/// A name from the program as a label value: valid UTF-8, no control characters, at most so many
/// bytes, of which there must be room for the hash: longer names keep their begin, and end with a
/// hash of the whole, so that different names stay different.
[[nodiscard]] std::string label_value(std::string_view name,
                                      std::size_t most_bytes = max_label_bytes);

}  // namespace asioscope::metrics
