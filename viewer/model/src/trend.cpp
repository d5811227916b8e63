// SPDX-License-Identifier: BSL-1.0
#include "trend.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace asioscope::model {
namespace {

// Below that, growth is of no interest: a queue of forty is emptied in no time.
constexpr double notable = 50;
constexpr double least_growth = 2;

double median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

}  // namespace

bool grows(std::span<const double> values) {
  const std::size_t third = values.size() / 3;
  if (third < 3) return false;
  const double begin = median(values.first(third));
  const double middle = median(values.subspan(third, third));
  const double end = median(values.last(third));
  return begin < middle && middle < end && end >= notable && end >= least_growth * begin;
}

}  // namespace asioscope::model
