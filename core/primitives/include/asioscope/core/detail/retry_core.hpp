// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/random_source.hpp"
#include "asioscope/core/detail/retry_delays.hpp"
#include "asioscope/core/resource.hpp"
#include "asioscope/core/retry_options.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace asioscope::core::detail {

/// What all operations of a retry policy share.
class retry_core final : public resource {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  retry_core(const retry_options& options, std::string name)
      : resource(resource_kind::retry, std::move(name)),
        options_(checked(options)),
        random_(options.seed) {
    this->list();
  }

  ~retry_core() { this->unlist(); }

  const retry_options& options() const noexcept { return options_; }
  double chance() noexcept { return random_.uniform(); }

  void began() noexcept { operations_.fetch_add(1, std::memory_order_relaxed); }

  void succeeded() noexcept {
    if (options_.budget != nullptr) options_.budget->succeeded();
  }

  /// How long to wait before the next attempt; nothing: there is none.
  /// \param left of the time for everything
  std::optional<nanoseconds> next(const failed_attempt& attempt, const retry_decision& decision,
                                  retry_delays& delays, nanoseconds left) {
    if (!decision.again()) return std::nullopt;
    if (options_.budget != nullptr) options_.budget->failed();
    const bool has_budget = options_.budget == nullptr || options_.budget->may_retry();
    const nanoseconds delay =
        decision.delay().has_value() ? *decision.delay() : delays.after(attempt.number, chance());
    if (attempt.number >= options_.max_attempts || !has_budget || delay >= left) {
      exhausted_.fetch_add(1, std::memory_order_relaxed);
      this->happened("exhausted", static_cast<std::int64_t>(attempt.number));
      return std::nullopt;
    }
    retries_.fetch_add(1, std::memory_order_relaxed);
    this->happened("retried", static_cast<std::int64_t>(attempt.number));
    if (options_.on_retry) options_.on_retry(attempt, delay);
    return delay;
  }

  std::uint64_t operations() const noexcept { return operations_.load(std::memory_order_relaxed); }
  std::uint64_t retries() const noexcept { return retries_.load(std::memory_order_relaxed); }
  std::uint64_t exhausted() const noexcept { return exhausted_.load(std::memory_order_relaxed); }

  void describe(resource_description& description) const override {
    description.total("operations", static_cast<double>(operations()));
    description.total("retries", static_cast<double>(retries()));
    description.total("exhausted", static_cast<double>(exhausted()));
  }

 private:
  retry_options options_;
  random_source random_;
  // Counts, which nothing else depends on.
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> retries_{0};
  std::atomic<std::uint64_t> exhausted_{0};
};

}  // namespace asioscope::core::detail
