// SPDX-License-Identifier: BSL-1.0
#include "widgets/time_range.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace asioscope::viewer {

std::int64_t sane(std::int64_t moment_ns) {
  constexpr std::int64_t latest_ns = std::int64_t{1} << 60;
  return std::clamp(moment_ns, -latest_ns, latest_ns);
}

void time_range::keep_up(std::int64_t first_ns, std::int64_t now_ns) {
  if (follows) {
    begin_ns = now_ns - span_ns;
    return;
  }
  // Half a screen of nothing on either side is as far as it goes.
  const std::int64_t lowest = first_ns - span_ns / 2;
  begin_ns = std::clamp(begin_ns, lowest, std::max(lowest, now_ns - span_ns / 2));
}

void time_range::zoom(double factor, std::int64_t at_ns) {
  const std::int64_t fixed = follows ? end_ns() : at_ns;
  const double part = static_cast<double>(fixed - begin_ns) / static_cast<double>(span_ns);
  const double wanted = static_cast<double>(span_ns) * factor;
  span_ns = static_cast<std::int64_t>(
      std::clamp(wanted, static_cast<double>(shortest_ns), static_cast<double>(longest_ns)));
  begin_ns = fixed - static_cast<std::int64_t>(part * static_cast<double>(span_ns));
}

void time_range::move(std::int64_t by_ns) {
  begin_ns += by_ns;
  follows = false;
}

void time_range::show(std::int64_t from_ns, std::int64_t to_ns) {
  const std::int64_t wanted = std::max<std::int64_t>(to_ns - from_ns, 0);
  const std::int64_t air = wanted / 4;
  span_ns = std::clamp(wanted + 2 * air, shortest_ns, longest_ns);
  begin_ns = from_ns - (span_ns - wanted) / 2;
  follows = false;
}

std::int64_t mark_step_ns(const time_axis& axis, float room_px) {
  const double least = axis.ns_per_pixel() * static_cast<double>(room_px);
  const double decade = std::pow(10.0, std::floor(std::log10(std::max(least, 1.0))));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * decade >= least) return static_cast<std::int64_t>(step * decade);
  }
  return static_cast<std::int64_t>(10 * decade);
}

std::string moment_text(std::int64_t since_start_ns, std::int64_t step_ns) {
  int digits = 0;
  for (std::int64_t unit = 1'000'000'000; unit > step_ns && digits < 9; unit /= 10)
    ++digits;
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%.*f s", digits,
                static_cast<double>(since_start_ns) / 1e9);
  return text.data();
}

}  // namespace asioscope::viewer
