// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/config_error.hpp"
#include "asioscope/core/detail/delays.hpp"
#include "asioscope/core/detail/retry_delays.hpp"
#include "asioscope/core/retry_budget.hpp"
#include "asioscope/core/retry_options.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace asioscope::core {

namespace {

bool is_mistake(const std::exception_ptr& exception) noexcept {
  if (exception == nullptr) return false;
  try {
    std::rethrow_exception(exception);
  } catch (const std::logic_error&) {
    return true;
  } catch (...) {
    return false;
  }
}

bool is_permanent(const error_code& error) noexcept {
  return error == errc::closed || error == errc::too_much || error == errc::not_running;
}

}  // namespace

retry_decision worth_retrying(const failed_attempt& attempt) noexcept {
  return !is_permanent(attempt.what.error) && !is_mistake(attempt.what.exception);
}

retry_budget::retry_budget(double tokens, double ratio) {
  require_config(tokens > 0 && tokens <= 1e6, "retry_budget.tokens",
                 "must be greater than 0 and at most 10^6");
  require_config(ratio > 0 && ratio <= 1, "retry_budget.ratio",
                 "must be greater than 0 and at most 1");
  most_ = std::llround(tokens * 1000);
  ratio_ = std::max<std::int64_t>(std::llround(ratio * 1000), 1);
  left_ = most_;
}

void retry_budget::failed() noexcept {
  std::int64_t left = left_.load(std::memory_order_relaxed);
  while (!left_.compare_exchange_weak(left, std::max<std::int64_t>(left - 1000, 0),
                                      std::memory_order_relaxed)) {
  }
}

void retry_budget::succeeded() noexcept {
  std::int64_t left = left_.load(std::memory_order_relaxed);
  while (left != most_ && !left_.compare_exchange_weak(left, std::min(left + ratio_, most_),
                                                       std::memory_order_relaxed)) {
  }
}

namespace detail {

const retry_options& checked(const retry_options& options) {
  require_config(options.max_attempts > 0, "retry.max_attempts", "must be greater than 0");
  require_config(options.base_delay.count() >= 0, "retry.base_delay", "must not be negative");
  require_config(options.max_delay >= options.base_delay, "retry.max_delay",
                 "must not be less than base_delay");
  // Written so that NaN is refused, too.
  require_config(options.factor >= 1 && options.factor <= 1e6, "retry.factor",
                 "must be from 1 to 10^6");
  require_config(options.proportion >= 0 && options.proportion <= 1, "retry.proportion",
                 "must be from 0 to 1");
  require_config(options.total_time.count() > 0, "retry.total_time", "must be greater than 0");
  require_config(options.attempt_time.count() > 0, "retry.attempt_time", "must be greater than 0");
  require_config(static_cast<bool>(options.decide), "retry.decide", "must not be empty");
  return options;
}

std::chrono::nanoseconds retry_delays::nominal(std::size_t attempt) const noexcept {
  switch (options_->growth) {
    case backoff::constant:
      break;
    case backoff::linear:
      return scaled(options_->base_delay, static_cast<double>(attempt), options_->max_delay);
    case backoff::exponential:
      return exponential_delay(options_->base_delay, options_->factor, attempt,
                               options_->max_delay);
  }
  return options_->base_delay;
}

std::chrono::nanoseconds retry_delays::after(std::size_t attempt, double uniform) noexcept {
  const nanoseconds most = options_->max_delay;
  switch (options_->spread) {
    case jitter::none:
      break;
    case jitter::full:
      return scaled(nominal(attempt), uniform, most);
    case jitter::equal:
      return scaled(nominal(attempt), (1 + uniform) / 2, most);
    case jitter::decorrelated: {
      const nanoseconds base = options_->base_delay;
      const nanoseconds span = scaled(last_, 3, most) - base;
      last_ = base + scaled(span, uniform, most - base);
      return last_;
    }
    case jitter::proportional:
      return spread_delay(nominal(attempt), options_->proportion, uniform, most);
  }
  return nominal(attempt);
}

}  // namespace detail

}  // namespace asioscope::core
