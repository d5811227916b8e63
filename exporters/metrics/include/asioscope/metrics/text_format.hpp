// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/metrics/families.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace asioscope::metrics {

/// The texts that Prometheus reads.
enum class format : std::uint8_t {
  text,         ///< Prometheus' text format 0.0.4
  openmetrics,  ///< OpenMetrics 1.0, which has exemplars and units
};

/// What a scraper that sends this `Accept` header gets: what it likes better, of two that it likes
/// as much the one that it names more exactly, and of those the first. `text` when it accepts
/// neither: an answer that it may be able to read is better than none.
///
/// Source: RFC 9110, 12.5.1.
[[nodiscard]] format negotiate(std::string_view accept);

/// The HTTP Content-Type of render().
[[nodiscard]] std::string_view content_type(format wanted);

/// The text of the families. Numbers are written shortest, such that they read back exactly.
[[nodiscard]] std::string render(format wanted, std::span<const family> families);

[[nodiscard]] inline std::string to_text(std::span<const family> families) {
  return render(format::text, families);
}

/// content_type(format::text).
inline constexpr std::string_view text_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace asioscope::metrics
