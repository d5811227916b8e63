// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/config_error.hpp"
#include "asioscope/core/resource.hpp"
#include "asioscope/core/semaphore.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace asioscope::core {

struct bulkhead_options {
  std::size_t max_running = 25;
  /// Who comes when so many wait is refused.
  std::size_t max_waiting = 0;
  std::chrono::nanoseconds max_wait = std::chrono::nanoseconds::max();
};

namespace detail {

template <class Executor, class Sync, class Clock>
class bulkhead_core final : public resource {
 public:
  using semaphore = basic_semaphore<Executor, Sync, Clock>;

  bulkhead_core(const Executor& executor, const bulkhead_options& options, std::string name)
      : resource(resource_kind::bulkhead, std::move(name)),
        max_waiting_(options.max_waiting),
        max_wait_(options.max_wait),
        permits_(executor, checked(options).max_running) {
    this->list();
  }

  ~bulkhead_core() { this->unlist(); }

  semaphore& permits() noexcept { return permits_; }
  const semaphore& permits() const noexcept { return permits_; }

  typename Clock::duration max_wait() const noexcept {
    return max_wait_ == std::chrono::nanoseconds::max()
               ? Clock::duration::max()
               : std::chrono::ceil<typename Clock::duration>(max_wait_);
  }

  typename semaphore::permit try_acquire() {
    auto permit = permits_.try_acquire();
    if (!permit) refuse();
    return permit;
  }

  struct leave_line {
    void operator()(bulkhead_core* core) const noexcept {
      core->in_line_.fetch_sub(1, std::memory_order_relaxed);
    }
  };

  /// Null: too many already do.
  std::unique_ptr<bulkhead_core, leave_line> stand_in_line() {
    std::size_t before = in_line_.load(std::memory_order_relaxed);
    do {
      if (before >= max_waiting_) {
        refuse();
        return nullptr;
      }
    } while (!in_line_.compare_exchange_weak(before, before + 1, std::memory_order_relaxed));
    return std::unique_ptr<bulkhead_core, leave_line>(this);
  }

  std::uint64_t rejected() const noexcept { return rejected_.load(std::memory_order_relaxed); }

  void describe(resource_description& description) const override {
    const std::size_t limit = permits_.limit();
    description.gauge("limit", static_cast<double>(limit));
    description.gauge("available", static_cast<double>(permits_.available()));
    description.waiting = permits_.waiting();
    description.total("rejected", static_cast<double>(rejected()));
  }

 private:
  static const bulkhead_options& checked(const bulkhead_options& options) {
    require_config(options.max_running > 0, "bulkhead.max_running", "must be greater than 0");
    require_config(options.max_wait.count() > 0, "bulkhead.max_wait", "must be greater than 0");
    return options;
  }

  void refuse() noexcept {
    rejected_.fetch_add(1, std::memory_order_relaxed);
    this->happened("rejected");
  }

  std::size_t max_waiting_;
  std::chrono::nanoseconds max_wait_;
  semaphore permits_;
  // Counts, which nothing else depends on.
  std::atomic<std::size_t> in_line_{0};
  std::atomic<std::uint64_t> rejected_{0};
};

}  // namespace detail

}  // namespace asioscope::core
