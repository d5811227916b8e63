// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/slice_track.hpp"

#include <algorithm>
#include <utility>

namespace asioscope::model {

void slice_track::push(slice added) {
  added.before_ns = empty() ? 0 : back().before_ns + back().duration_ns;
  open_.push_back(added);
  if (open_.size() < chunk_size) return;
  full_.push_back(std::make_shared<const chunk>(std::exchange(open_, {})));
}

void slice_track::pop_back() {
  if (open_.empty()) {
    // A copy of the track may still hold it as it is.
    open_ = *full_.back();
    full_.pop_back();
  }
  open_.pop_back();
}

std::size_t slice_track::drop_oldest() {
  if (full_.empty()) return std::exchange(open_, {}).size();
  full_.pop_front();
  return chunk_size;
}

std::size_t slice_track::first_ending_after(std::int64_t moment_ns, std::size_t from) const {
  const std::size_t count = size();
  // Doubling steps, since who draws asks for the next pixel and the next.
  std::size_t low = from;
  std::size_t high = from;
  for (std::size_t step = 1; high < count && (*this)[high].end_ns() <= moment_ns; step *= 2) {
    low = high + 1;
    high = std::min(count, high + step);
  }
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if ((*this)[middle].end_ns() <= moment_ns) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::uint64_t slice_track::sum_ns(std::size_t first, std::size_t last) const noexcept {
  if (first >= last) return 0;
  const slice& final = (*this)[last - 1];
  return final.before_ns + final.duration_ns - (*this)[first].before_ns;
}

}  // namespace asioscope::model
