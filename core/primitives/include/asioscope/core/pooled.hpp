// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/pool_state.hpp"

#include <utility>

namespace asioscope::core {

/// A resource that one has borrowed from a pool: given back when this goes. May outlive the pool.
///
/// Thread safety: one thread at a time.
template <class T, class Executor, class Sync, class Clock>
class basic_pooled {
 public:
  /// None.
  basic_pooled() noexcept = default;
  basic_pooled(basic_pooled&& other) noexcept
      : state_(std::move(other.state_)), entry_(std::exchange(other.entry_, nullptr)) {}
  basic_pooled& operator=(basic_pooled&& other) noexcept {
    basic_pooled(std::move(other)).swap(*this);
    return *this;
  }
  ~basic_pooled() { give_back(detail::pool_return::used); }

  explicit operator bool() const noexcept { return entry_ != nullptr; }
  T& operator*() const noexcept { return *entry_->value; }
  T* operator->() const noexcept { return &*entry_->value; }

  /// Gives it back now.
  void release() noexcept { give_back(detail::pool_return::used); }
  /// The same for one that was not used: it is neither reset, nor does it count as fresh.
  void release_unused() noexcept { give_back(detail::pool_return::unused); }
  /// It is broken: destroyed, and the pool may make another.
  void discard() noexcept { give_back(detail::pool_return::broken); }

  /// Takes it out of the pool, which may make another.
  T detach() {
    T taken = std::move(*entry_->value);
    give_back(detail::pool_return::taken);
    return taken;
  }

  void swap(basic_pooled& other) noexcept {
    state_.swap(other.state_);
    std::swap(entry_, other.entry_);
  }

 private:
  using state = detail::pool_state<T, Executor, Sync, Clock>;
  friend state;

  basic_pooled(detail::state_ptr<state> from, typename state::entry& what) noexcept
      : state_(std::move(from)), entry_(&what) {}

  void give_back(detail::pool_return how) noexcept {
    if (entry_ == nullptr) return;
    const detail::state_ptr<state> pool = std::move(state_);
    pool->give_back(*std::exchange(entry_, nullptr), how);
  }

  detail::state_ptr<state> state_;
  typename state::entry* entry_ = nullptr;
};

}  // namespace asioscope::core
