// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/breaker_core.hpp"
#include "asioscope/core/failure.hpp"

#include <chrono>
#include <utility>

namespace asioscope::core {

/// A call that a circuit breaker has let through, or not. Its time runs from the moment it was let
/// through until it says how it was; when it goes without saying, it counts as the option
/// `abandoned` tells.
///
/// Thread safety: one thread at a time. May outlive the breaker.
template <class Sync, class Clock>
class basic_breaker_call {
 public:
  /// None.
  basic_breaker_call() noexcept = default;
  basic_breaker_call(basic_breaker_call&& other) noexcept
      : core_(std::move(other.core_)), admission_(other.admission_), began_(other.began_) {}
  basic_breaker_call& operator=(basic_breaker_call&& other) noexcept {
    basic_breaker_call(std::move(other)).swap(*this);
    return *this;
  }
  ~basic_breaker_call() {
    if (core_ != nullptr) report(core_->abandoned());
  }

  /// It may go, and has not yet said how it was.
  explicit operator bool() const noexcept { return core_ != nullptr; }

  void success() { report(verdict::success); }
  void ignore() { report(verdict::ignored); }
  /// As the option `judge` sees it.
  void fail(const failure& what) {
    if (core_ != nullptr) report(core_->judge(what));
  }

  void report(verdict how) {
    if (const auto from = std::exchange(core_, nullptr)) from->record(admission_, how, began_);
  }

  void swap(basic_breaker_call& other) noexcept {
    core_.swap(other.core_);
    std::swap(admission_, other.admission_);
    std::swap(began_, other.began_);
  }

 private:
  using core = detail::breaker_core<Sync, Clock>;
  template <class, class, class>
  friend class basic_circuit_breaker;

  explicit basic_breaker_call(const boost::intrusive_ptr<core>& from) : began_(core::now()) {
    admission_ = from->admit(began_);
    if (admission_.generation != 0) core_ = from;
  }

  boost::intrusive_ptr<core> core_;
  typename core::admission admission_;
  std::chrono::nanoseconds began_{};
};

}  // namespace asioscope::core
