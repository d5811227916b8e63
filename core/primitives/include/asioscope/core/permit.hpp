// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/semaphore_state.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace asioscope::core {

/// Permits that one holds: given back when it goes. May outlive the semaphore.
template <class Executor, class Sync, class Clock>
class basic_permit {
 public:
  /// None.
  basic_permit() noexcept = default;
  basic_permit(basic_permit&& other) noexcept
      : state_(other.state_), count_(std::exchange(other.count_, 0)) {}
  basic_permit& operator=(basic_permit&& other) noexcept {
    basic_permit(std::move(other)).swap(*this);
    return *this;
  }
  ~basic_permit() { release(); }

  explicit operator bool() const noexcept { return count_ != 0; }
  std::size_t count() const noexcept { return count_; }

  /// Gives all back now.
  void release() noexcept {
    if (count_ != 0) give_back();
  }

  /// Makes two of it; the new one holds `count`, or all there are.
  basic_permit split(std::size_t count) {
    count = std::min(count, count_);
    if (count == 0) return {};
    count_ -= count;
    // The last of it takes its part in the state along.
    return basic_permit(detail::state_ptr<state>(state_, count_ != 0), count);
  }

  /// The semaphore is smaller by these from now on.
  void forget() noexcept {
    if (count_ != 0) owned()->forget(std::exchange(count_, 0));
  }

  void swap(basic_permit& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(count_, other.count_);
  }

 private:
  using state = detail::semaphore_state<Executor, Sync, Clock>;
  friend state;

  basic_permit(detail::state_ptr<state> from, std::size_t count) noexcept
      : state_(from.detach()), count_(count) {}

  detail::state_ptr<state> owned() const noexcept { return {state_, false}; }

  void give_back() noexcept { owned()->release(std::exchange(count_, 0)); }

  /// Owned while there are permits: most that are destroyed have been moved from, and that is to
  /// cost one look.
  state* state_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace asioscope::core
