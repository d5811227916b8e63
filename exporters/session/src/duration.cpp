// SPDX-License-Identifier: BSL-1.0
#include "duration.hpp"

#include <charconv>
#include <utility>

namespace asioscope {
namespace {

constexpr std::pair<std::string_view, std::int64_t> units[] = {
    {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"µs", 1'000}, {"ns", 1}};

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (unit != name) continue;
    constexpr double year = 365.0 * 86'400e9;
    const double nanoseconds = number * static_cast<double>(factor);
    if (!(nanoseconds >= 1) || nanoseconds > year) return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds + 0.5));
  }
  return std::nullopt;
}

std::string to_text(std::chrono::nanoseconds duration) {
  for (const auto& [name, factor] : units) {
    if (duration.count() % factor == 0)
      return std::to_string(duration.count() / factor).append(name);
  }
  return std::to_string(duration.count()) + "ns";
}

}  // namespace asioscope
