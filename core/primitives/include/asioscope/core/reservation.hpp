// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/rate_limiter_state.hpp"
#include "asioscope/core/error.hpp"

#include <chrono>
#include <utility>

namespace asioscope::core {

/// A place in the line of a rate limiter, for those who do their waiting themselves: wait for
/// `delay()`, and then do it.
///
/// When it goes before its time has come, it leaves the line, as if it had never been there; later
/// its tokens are used. May outlive the limiter, not the execution context.
///
/// Thread safety: one thread at a time; the limiter may be used by others meanwhile.
template <class Executor, class Sync, class Clock>
class basic_reservation {
 public:
  /// None: its error is `not_running`.
  basic_reservation() noexcept = default;
  basic_reservation(basic_reservation&& other) noexcept
      : state_(std::move(other.state_)), place_(std::exchange(other.place_, nullptr)) {}
  basic_reservation& operator=(basic_reservation&& other) noexcept {
    basic_reservation(std::move(other)).swap(*this);
    return *this;
  }
  ~basic_reservation() {
    if (place_ == nullptr) return;
    state_->leave_line(*place_);
    place_->release();
  }

  /// Its time has come, or will.
  explicit operator bool() const { return !error(); }

  /// Why not: `too_much`, `timed_out` (it would have been too late), `full`, `closed`, or
  /// `operation_aborted`.
  error_code error() const {
    return place_ == nullptr ? error_code(errc::not_running) : state_->outcome_of(*place_);
  }

  /// How long from now. Gets shorter than time alone makes it when others leave, and longer when
  /// the limiter is made slower.
  std::chrono::nanoseconds delay() const {
    return place_ == nullptr ? std::chrono::nanoseconds::zero() : state_->delay_of(*place_);
  }

  /// It is not needed: to be called only when nothing was done. All its tokens are given back, to
  /// those who wait first; a full bucket has no room for them.
  void cancel() {
    if (place_ == nullptr) return;
    state_->undo(*place_);
    basic_reservation().swap(*this);
  }

  void swap(basic_reservation& other) noexcept {
    state_.swap(other.state_);
    std::swap(place_, other.place_);
  }

 private:
  using state = detail::rate_limiter_state<Executor, Sync, Clock>;
  template <class, class, class>
  friend class basic_rate_limiter;

  basic_reservation(detail::state_ptr<state> from, typename state::reserved_place* place) noexcept
      : state_(std::move(from)), place_(place) {}

  detail::state_ptr<state> state_;
  typename state::reserved_place* place_ = nullptr;
};

}  // namespace asioscope::core
