// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/pool_hook.hpp"
#include "asioscope/core/detail/waiter.hpp"
#include "asioscope/core/pool_options.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

/// What is to be done when the lock of a pool is free again: hooks, handlers and observers are the
/// user's. Made before the lock is taken; whoever makes it keeps the state.
template <class State, class Entry, class Executor>
class pool_effects {
 public:
  explicit pool_effects(State& state) noexcept : settled(state), state_(state) {}
  pool_effects(const pool_effects&) = delete;
  pool_effects& operator=(const pool_effects&) = delete;

  ~pool_effects() {
    while (jobs_ != nullptr)
      state_.start(*std::exchange(jobs_, jobs_->next_job));
    if (arm) state_.arm();
    for (const auto& [executor, signal] : cancelled)
      emit_cancellation(executor, signal);
    for (const pool_leak& each : leaks)
      state_.report(each);
    if (event_ != nullptr) state_.happened(event_);
  }

  void run(Entry& job) noexcept { job.next_job = std::exchange(jobs_, &job); }
  void tell(const char* what) noexcept { event_ = what; }

  settled_waiters settled;
  bool arm = false;
  std::vector<std::pair<Executor, std::shared_ptr<boost::asio::cancellation_signal>>> cancelled;
  std::vector<pool_leak> leaks;

 private:
  State& state_;
  Entry* jobs_ = nullptr;
  const char* event_ = nullptr;
};

}  // namespace asioscope::core::detail
