// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace asioscope::model {
namespace {

std::string printed(const char* format, double value) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

// Three significant digits; the limits are where rounding would add a digit.
std::string three_digits(double value) {
  if (value < 9.995) return printed("%.2f", value);
  if (value < 99.95) return printed("%.1f", value);
  return printed("%.0f", value);
}

std::string two_parts(std::int64_t major, const char* major_unit, std::int64_t minor,
                      const char* minor_unit) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%lld %s %02lld %s", static_cast<long long>(major),
                major_unit, static_cast<long long>(minor), minor_unit);
  return text.data();
}

std::string scaled(double value) {
  if (value < 999.5e3) return three_digits(value / 1e3) + " k";
  if (value < 999.5e6) return three_digits(value / 1e6) + " M";
  return three_digits(value / 1e9) + " G";
}

}  // namespace

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) return "–";
  if (seconds < 0) return std::string("-").append(duration_text(-seconds));
  if (seconds == 0) return "0 s";
  if (seconds < 999.5e-9) return printed("%.0f ns", seconds * 1e9);
  if (seconds < 999.5e-6) return three_digits(seconds * 1e6) + " µs";
  if (seconds < 999.5e-3) return three_digits(seconds * 1e3) + " ms";
  if (seconds < 99.95) return three_digits(seconds) + " s";
  const auto whole = static_cast<std::int64_t>(std::min(seconds, 1e15));
  if (whole < 3'600) return two_parts(whole / 60, "min", whole % 60, "s");
  if (whole < 86'400) return two_parts(whole / 3'600, "h", whole % 3'600 / 60, "min");
  return two_parts(whole / 86'400, "d", whole % 86'400 / 3'600, "h");
}

std::string duration_text_ns(std::uint64_t nanoseconds) {
  return duration_text(static_cast<double>(nanoseconds) / 1e9);
}

std::string limit_text_ns(std::uint64_t nanoseconds) {
  const auto value = static_cast<double>(nanoseconds);
  if (nanoseconds < 1'000) return printed("%g ns", value);
  if (nanoseconds < 1'000'000) return printed("%g µs", value / 1e3);
  if (nanoseconds < 1'000'000'000) return printed("%g ms", value / 1e6);
  return printed("%g s", value / 1e9);
}

std::string count_text(std::uint64_t count) {
  if (count >= 10'000'000) return scaled(static_cast<double>(count));
  std::string digits = std::to_string(count);
  for (std::size_t place = digits.size(); place > 3;) {
    place -= 3;
    digits.insert(place, 1, ',');
  }
  return digits;
}

std::string amount_text(double amount) {
  if (std::isnan(amount)) return "–";
  if (amount < 0) return std::string("-").append(amount_text(-amount));
  if (std::isinf(amount)) return "∞";
  if (amount >= 1e18) return printed("%.3g", amount);
  if (amount == std::floor(amount) || amount >= 1e6)
    return count_text(static_cast<std::uint64_t>(amount));
  return printed("%.3g", amount);
}

std::string rate_text(double per_second) {
  if (!std::isfinite(per_second)) return "–";
  if (per_second == 0) return "0 /s";
  if (per_second < 0.01) return "<0.01 /s";
  if (per_second < 999.5) return three_digits(per_second) + " /s";
  return scaled(per_second) + "/s";
}

std::string percent_text(double share) {
  if (!std::isfinite(share)) return "–";
  const double percent = share * 100;
  if (percent == 0) return "0 %";
  if (percent < 0.01) return "<0.01 %";
  if (percent < 0.995) return printed("%.2f %%", percent);
  if (percent < 9.95) return printed("%.1f %%", percent);
  return printed("%.0f %%", percent);
}

std::string bytes_text(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  constexpr double step = 1024;
  if (bytes < 1024) return std::to_string(bytes) + " B";
  if (value < 999.5 * step) return three_digits(value / step) + " KiB";
  if (value < 999.5 * step * step) return three_digits(value / step / step) + " MiB";
  return three_digits(value / step / step / step) + " GiB";
}

std::string plural(std::uint64_t count, const std::string& singular, const std::string& several) {
  return count_text(count) + " " + (count == 1 ? singular : several);
}

}  // namespace asioscope::model
