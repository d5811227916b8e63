// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace asioscope::core::detail {

struct call_counts {
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;
  std::uint64_t slow = 0;

  void add(bool failure, bool is_slow) noexcept {
    ++calls;
    failed += failure;
    slow += is_slow;
  }
  void add(const call_counts& other) noexcept {
    calls += other.calls;
    failed += other.failed;
    slow += other.slow;
  }
  void remove(const call_counts& other) noexcept {
    calls -= other.calls;
    failed -= other.failed;
    slow -= other.slow;
  }
};

/// The last so many calls.
class count_window {
 public:
  explicit count_window(std::size_t size) : ring_(size) {}

  void add(bool failed, bool slow) noexcept {
    call& oldest = ring_[next_];
    if (total_.calls == ring_.size()) total_.remove({1, oldest.failed, oldest.slow});
    oldest = {failed, slow};
    total_.add(failed, slow);
    if (++next_ == ring_.size()) next_ = 0;
  }

  const call_counts& counts() const noexcept { return total_; }

  void clear() noexcept {
    total_ = {};
    next_ = 0;
  }

 private:
  struct call {
    bool failed = false;
    bool slow = false;
  };

  std::vector<call> ring_;
  std::size_t next_ = 0;
  call_counts total_;
};

/// The calls of the last so long, in steps of a twentieth of it.
class time_window {
 public:
  time_window(std::chrono::nanoseconds length, std::chrono::nanoseconds now)
      : step_(std::max<std::int64_t>(length.count() / steps, 1)) {
    begin(now.count() / step_);
  }

  void add(bool failed, bool slow, std::chrono::nanoseconds now) noexcept {
    advance(now);
    slices_[place_].add(failed, slow);
    total_.add(failed, slow);
  }

  /// Forgets what is too old. A clock that is set back has no effect until it has caught up.
  void advance(std::chrono::nanoseconds now) noexcept {
    if (now.count() < next_begins_) return;  // mostly, and without a division
    const std::int64_t current = now.count() / step_;
    for (std::int64_t i = std::max(last_ + 1, current - (steps - 1)); i <= current; ++i) {
      call_counts& slice = slices_[index(i)];
      total_.remove(slice);
      slice = {};
    }
    begin(current);
  }

  const call_counts& counts() const noexcept { return total_; }

  void clear() noexcept {
    slices_ = {};
    total_ = {};
  }

 private:
  static constexpr std::int64_t steps = 20;

  static std::size_t index(std::int64_t slice) noexcept {
    return static_cast<std::size_t>((slice % steps + steps) % steps);
  }

  void begin(std::int64_t slice) noexcept {
    constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
    last_ = slice;
    place_ = index(slice);
    next_begins_ = slice < end / step_ ? (slice + 1) * step_ : end;
  }

  std::int64_t step_;
  std::int64_t last_ = 0;  ///< the slice of now
  // Of it; kept, since to divide takes longer than all the rest.
  std::int64_t next_begins_ = 0;
  std::size_t place_ = 0;
  std::array<call_counts, steps> slices_{};
  call_counts total_;
};

}  // namespace asioscope::core::detail
