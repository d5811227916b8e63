// SPDX-License-Identifier: BSL-1.0
#include "asioscope/model/slice_track.hpp"

#include <algorithm>

namespace asioscope::model {

void slice_track::push(slice added) {
  added.before_ns = empty() ? 0 : back().before_ns + back().duration_ns;
  slices_.push(added);
  if (size() % block_size == 0)
    blocks_.push_back({added.end_ns(), added.before_ns + added.duration_ns});
}

void slice_track::pop_back() {
  if (size() % block_size == 0) blocks_.pop_back();
  slices_.pop_back();
}

std::size_t slice_track::drop_oldest() {
  const std::size_t dropped = slices_.drop_oldest();
  blocks_.erase(blocks_.begin(),
                blocks_.begin() + static_cast<std::ptrdiff_t>(dropped / block_size));
  return dropped;
}

namespace {

// The first in [from, count) that has not ended by then. Doubling steps, since who draws asks for
// the next pixel and the next.
template <class HasEnded>
std::size_t first_going_on(std::size_t from, std::size_t count, HasEnded has_ended) {
  std::size_t low = from;
  std::size_t high = from;
  for (std::size_t step = 1; high < count && has_ended(high); step *= 2) {
    low = high + 1;
    high = std::min(count, high + step);
  }
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (has_ended(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

std::size_t slice_track::first_ending_after(std::int64_t moment_ns, std::size_t from) const {
  const std::size_t within = first_block_ending_after(moment_ns, from / block_size);
  const std::size_t end = std::min(size(), (within + 1) * block_size);
  return first_going_on(std::max(from, within * block_size), end,
                        [&](std::size_t index) { return (*this)[index].end_ns() <= moment_ns; });
}

std::size_t slice_track::first_block_ending_after(std::int64_t moment_ns, std::size_t from) const {
  return first_going_on(from, blocks_.size(),
                        [&](std::size_t index) { return blocks_[index].end_ns <= moment_ns; });
}

std::uint64_t slice_track::sum_ns(std::size_t first, std::size_t last) const noexcept {
  if (first >= last) return 0;
  const slice& final = (*this)[last - 1];
  return final.before_ns + final.duration_ns - (*this)[first].before_ns;
}

std::uint64_t slice_track::sum_of_blocks_ns(std::size_t first, std::size_t last) const noexcept {
  if (first >= last) return 0;
  const std::uint64_t before = first == 0 ? front().before_ns : blocks_[first - 1].through_ns;
  return blocks_[last - 1].through_ns - before;
}

}  // namespace asioscope::model
