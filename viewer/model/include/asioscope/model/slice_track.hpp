// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/chunked.hpp"
#include "asioscope/schema/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace asioscope::model {

/// A stretch of time: a run, a scope, a wait. With no duration, a moment.
struct slice {
  std::int64_t begin_ns = 0;
  std::uint64_t duration_ns = 0;
  std::uint64_t delay_ns =
      0;  ///< of a run: ready → begin, see has_delay(); of a task's end: its life
  std::uint64_t before_ns = 0;  ///< what all slices before it in its track lasted together
  std::uint32_t site = 0;
  std::uint32_t task = 0;       ///< low 32 bits of the task's id, 0 = none
  std::uint32_t operation = 0;  ///< of a run: as in schema::event, 0 = unknown
  std::uint16_t loop = 0;
  schema::event_kind kind = schema::event_kind::run;
  std::uint8_t flags = 0;  ///< as in schema::event

  [[nodiscard]] std::int64_t end_ns() const noexcept {
    return begin_ns + static_cast<std::int64_t>(duration_ns);
  }
  [[nodiscard]] bool has_delay() const noexcept {
    return kind == schema::event_kind::run && (flags & schema::run_flag_delay) != 0;
  }
  [[nodiscard]] std::int64_t ready_ns() const noexcept {
    return begin_ns - static_cast<std::int64_t>(delay_ns);
  }

  friend bool operator==(const slice&, const slice&) = default;
};
static_assert(sizeof(slice) == 48, "there are millions of them");

/// Slices in the order of their ends. Made for millions: what lies in a stretch of time is found by
/// bisection, and what it lasted together is a subtraction.
class slice_track {
 public:
  static constexpr std::size_t chunk_size = 1'024;
  /// Where slices are many to a pixel, these many at a time will do: their ends and sums lie close
  /// together in memory, the slices do not.
  static constexpr std::size_t block_size = 64;

  /// `added` must not end before the last one does.
  void push(slice added);
  void pop_back();
  /// Forgets about chunk_size of the oldest. Returns how many.
  std::size_t drop_oldest();

  [[nodiscard]] std::size_t size() const noexcept { return slices_.size(); }
  [[nodiscard]] bool empty() const noexcept { return slices_.empty(); }
  /// 0 is the oldest that is kept.
  [[nodiscard]] const slice& operator[](std::size_t index) const noexcept { return slices_[index]; }
  [[nodiscard]] const slice& front() const noexcept { return slices_.front(); }
  [[nodiscard]] const slice& back() const noexcept { return slices_.back(); }

  /// The first, from index `from` on, that ends after `moment_ns`; size() when none does. Near
  /// `from` it is found fast.
  [[nodiscard]] std::size_t first_ending_after(std::int64_t moment_ns, std::size_t from = 0) const;

  /// What the slices [first, last) lasted together.
  [[nodiscard]] std::uint64_t sum_ns(std::size_t first, std::size_t last) const noexcept;

  /// The same for blocks: block i holds the slices from i * block_size on. Only whole blocks count.
  [[nodiscard]] std::size_t first_block_ending_after(std::int64_t moment_ns,
                                                     std::size_t from) const;
  [[nodiscard]] std::uint64_t sum_of_blocks_ns(std::size_t first, std::size_t last) const noexcept;

 private:
  struct block {
    std::int64_t end_ns = 0;       // of its last slice
    std::uint64_t through_ns = 0;  // what all slices up to that one lasted together
  };

  chunked<slice, chunk_size> slices_;
  std::deque<block> blocks_;
};

}  // namespace asioscope::model
