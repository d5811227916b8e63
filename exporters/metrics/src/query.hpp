// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::metrics {

/// The decoded values of each `name=value` in the query of a URL, as HTML forms and Prometheus
/// write it: '+' is a blank, %XX a byte. Nothing when a '%' is not followed by two digits.
[[nodiscard]] std::optional<std::vector<std::string>> query_values(std::string_view query,
                                                                   std::string_view name);

}  // namespace asioscope::metrics
