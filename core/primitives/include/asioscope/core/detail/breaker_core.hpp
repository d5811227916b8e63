// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/circuit_breaker_options.hpp"
#include "asioscope/core/detail/breaker_machine.hpp"
#include "asioscope/core/resource.hpp"
#include "asioscope/core/sync.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace asioscope::core::detail {

/// A breaker's machine under its lock. Owned by the breaker and the calls that are out.
template <class Sync, class Clock>
class breaker_core final : public resource {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  using admission = breaker_machine::admission;

  breaker_core(const circuit_breaker_options& options, std::string name)
      : resource(resource_kind::circuit_breaker, std::move(name)),
        judge_(options.judge),
        on_transition_(options.on_transition),
        abandoned_(options.abandoned),
        machine_(options, now()),
        free_pass_(machine_.free_pass()) {
    this->list();
  }

  ~breaker_core() { this->unlist(); }

  static nanoseconds now() noexcept {
    return std::chrono::duration_cast<nanoseconds>(Clock::now().time_since_epoch());
  }

  admission admit(nanoseconds moment) {
    if (const std::uint64_t pass = free_pass_.load(std::memory_order_acquire); pass != 0)
      return {pass, 0};
    const admission call =
        changing([&](breaker_machine& machine) { return machine.admit(moment); });
    if (call.generation == 0) this->happened("rejected");
    return call;
  }

  void record(admission call, verdict how, nanoseconds began) {
    const nanoseconds moment = now();
    changing([&](breaker_machine& machine) {
      machine.record(call, how, moment - began, moment);
      return 0;
    });
  }

  /// A function of the user.
  verdict judge(const failure& what) const noexcept {
    try {
      return judge_(what);
    } catch (...) {
      return verdict::failure;
    }
  }

  verdict abandoned() const noexcept { return abandoned_; }

  /// Something that may change the state.
  template <class Function>
  auto changing(Function function) {
    std::unique_lock lock(mutex_);
    auto result = function(machine_);
    free_pass_.store(machine_.free_pass(), std::memory_order_release);
    if (machine_.has_transition()) {
      untold_.push_back(*machine_.take_transition());
      tell_all(lock);
    }
    return result;
  }

  template <class Function>
  auto looking(Function function) const {
    const std::lock_guard lock(mutex_);
    return function(machine_);
  }

  void describe(resource_description& description) const override {
    const std::lock_guard lock(mutex_);
    const nanoseconds moment = now();
    const breaker_machine::totals& all = machine_.all();
    description.state = to_string(machine_.state());
    description.gauge("failure_rate", machine_.failure_rate(moment));
    description.gauge("slow_rate", machine_.slow_rate(moment));
    description.gauge("counted_calls", static_cast<double>(machine_.counts(moment).calls));
    description.total("succeeded", static_cast<double>(all.succeeded));
    description.total("failed", static_cast<double>(all.failed));
    description.total("slow", static_cast<double>(all.slow));
    description.total("ignored", static_cast<double>(all.ignored));
    description.total("late", static_cast<double>(all.late));
    description.total("rejected", static_cast<double>(all.rejected));
    description.total("closed", static_cast<double>(all.closed));
    description.total("opened", static_cast<double>(all.opened));
    description.total("half_opened", static_cast<double>(all.half_opened));
  }

 private:
  friend void intrusive_ptr_add_ref(breaker_core* core) noexcept { core->owners_.add(); }
  friend void intrusive_ptr_release(breaker_core* core) noexcept {
    if (core->owners_.remove()) delete core;
  }

  /// In order: one thread at a time tells, also what others have found to tell meanwhile.
  void tell_all(std::unique_lock<Sync>& lock) {
    if (telling_) return;
    const boost::intrusive_ptr<breaker_core> self(this);
    telling_ = true;
    while (!untold_.empty()) {
      const breaker_transition change = untold_.front();
      untold_.pop_front();
      lock.unlock();
      tell(change);
      lock.lock();
    }
    telling_ = false;
    // Before `self` goes, and with it the mutex.
    lock.unlock();
  }

  void tell(const breaker_transition& change) const noexcept {
    if (change.cause == transition_cause::failure_rate)
      this->happened("failure_rate_exceeded", percent(change.failure_rate));
    if (change.cause == transition_cause::slow_rate)
      this->happened("slow_rate_exceeded", percent(change.slow_rate));
    this->happened(event_of(change.to));
    if (!on_transition_) return;
    try {
      on_transition_(change);
    } catch (...) {  // as documented
    }
  }

  static std::int64_t percent(double rate) noexcept {
    return static_cast<std::int64_t>(rate * 100);
  }

  static const char* event_of(breaker_state state) noexcept {
    switch (state) {
      case breaker_state::closed:
        return "closed";
      case breaker_state::open:
        return "opened";
      case breaker_state::half_open:
        return "half_opened";
      case breaker_state::disabled:
        return "disabled";
      case breaker_state::metrics_only:
        return "only_measures";
      case breaker_state::forced_open:
        return "forced_open";
    }
    return "changed";
  }

  owner_count<Sync> owners_;
  mutable Sync mutex_;
  std::function<verdict(const failure&)> judge_;
  std::function<void(const breaker_transition&)> on_transition_;
  verdict abandoned_;
  breaker_machine machine_;
  /// The machine's, for those who do not want to wait for the lock: they may be let through at the
  /// very moment in which it opens, as if they had come just before. Release and acquire, so that
  /// a generation is not seen before what made it.
  std::atomic<std::uint64_t> free_pass_;
  std::deque<breaker_transition> untold_;
  bool telling_ = false;
};

}  // namespace asioscope::core::detail
