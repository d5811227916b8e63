// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/creation_track.hpp"

namespace asioscope::model {

std::size_t creation_track::first_from(std::int64_t moment_ns) const noexcept {
  std::size_t low = 0;
  std::size_t high = size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (creations_[middle].time_ns < moment_ns) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace asioscope::model
