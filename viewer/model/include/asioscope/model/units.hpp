// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

namespace asioscope::model {

/// How numbers are written for people, in one place: three significant digits, a space, the unit.

/// "87 ns", "1.23 µs", "45.6 ms", "7.89 s", "2 min 05 s", "3 h 12 min", "4 d 2 h"; "–" when unknown
/// (NaN).
[[nodiscard]] std::string duration_text(double seconds);
[[nodiscard]] std::string duration_text_ns(std::uint64_t nanoseconds);
/// For a limit that somebody set, which is round: "2 ms", "1.5 s".
[[nodiscard]] std::string limit_text_ns(std::uint64_t nanoseconds);

/// Exact, with separators, up to ten million: "1,234,567"; then "12.3 M", "4.56 G".
[[nodiscard]] std::string count_text(std::uint64_t count);

/// Of something that need not be whole: "3", "1,234", "0.25"; "–" when unknown (NaN), "∞".
[[nodiscard]] std::string amount_text(double amount);

/// "0 /s", "0.25 /s", "123 /s", "45.6 k/s".
[[nodiscard]] std::string rate_text(double per_second);

/// "0 %", "0.04 %", "3.2 %", "45 %", "100 %"; a share below the smallest step is "<0.01 %".
[[nodiscard]] std::string percent_text(double share);

/// "512 B", "64 KiB", "1.5 MiB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// "1 handler", "2 handlers".
[[nodiscard]] std::string plural(std::uint64_t count, const std::string& singular,
                                 const std::string& several);

}  // namespace asioscope::model
