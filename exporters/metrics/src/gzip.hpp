// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <string_view>

namespace asioscope::metrics {

/// Whether an Accept-Encoding field lets an answer be gzipped, and asks for nothing else more.
/// A weight that is none counts as 0.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

/// At zlib's fastest level: metrics are so repetitive that the others save little and take several
/// times as long. Errors: std::bad_alloc.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace asioscope::metrics
