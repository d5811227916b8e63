// SPDX-License-Identifier: BSL-1.0
#include "widgets/axis.hpp"

#include "asioscope/model/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace asioscope::viewer {
namespace {

// The least of 1, 2, 5 times a power of ten that is not below `value`.
double round_up(double value) {
  const double decade = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * decade >= value * (1 - 1e-9)) return step * decade;
  }
  return 10 * decade;
}

double lowest_top(unit measured) {
  switch (measured) {
    case unit::share:
      return 1;
    case unit::seconds:
      return 1e-3;
    case unit::per_second:
    case unit::count:
      break;
  }
  return 10;
}

std::string round_number(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

}  // namespace

double axis_top(unit measured, double highest) {
  if (measured == unit::share) return 1;
  const double lowest = lowest_top(measured);
  if (!std::isfinite(highest) || highest <= lowest) return lowest;
  return round_up(highest);
}

std::vector<double> axis_ticks(double top) {
  // 2 and 20 divide by four, 1 and 5 by five or two; halves are round for all.
  return {0, top / 2, top};
}

std::string value_text(unit measured, double value) {
  if (!std::isfinite(value)) return "–";
  switch (measured) {
    case unit::share:
      return model::percent_text(value);
    case unit::seconds:
      return model::duration_text(value);
    case unit::per_second:
      return model::rate_text(value);
    case unit::count:
      break;
  }
  return model::count_text(static_cast<std::uint64_t>(std::max(0.0, value) + 0.5));
}

std::string tick_text(unit measured, double value) {
  if (value == 0) return "0";
  switch (measured) {
    case unit::share:
      return round_number(value * 100) + " %";
    case unit::seconds:
      if (value < 1e-6) return round_number(value * 1e9) + " ns";
      if (value < 1e-3) return round_number(value * 1e6) + " µs";
      if (value < 1) return round_number(value * 1e3) + " ms";
      return round_number(value) + " s";
    case unit::per_second:
    case unit::count:
      break;
  }
  if (value < 1e3) return round_number(value);
  if (value < 1e6) return round_number(value / 1e3) + " k";
  if (value < 1e9) return round_number(value / 1e6) + " M";
  return round_number(value / 1e9) + " G";
}

double time_step(double span, int labels) {
  for (const double step : {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0}) {
    if (span / step <= labels) return step;
  }
  return 300;
}

}  // namespace asioscope::viewer
