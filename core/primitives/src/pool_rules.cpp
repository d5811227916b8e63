// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/detail/pool_rules.hpp"

#include "asioscope/core/config_error.hpp"

#include <algorithm>

namespace asioscope::core::detail {

std::chrono::nanoseconds add_timeout(std::chrono::nanoseconds now,
                                     std::chrono::nanoseconds timeout) noexcept {
  const bool too_late = now.count() > 0 && timeout > pool_rules::never - now;
  return timeout.count() == 0 || too_late ? pool_rules::never : now + timeout;
}

pool_rules::pool_rules(const pool_options& options) : options_(options) {
  require_config(options.max_size > 0, "pool.max_size", "must be greater than 0");
  require_config(options.min_size <= options.max_size, "pool.min_size",
                 "must not be greater than max_size");
  const auto not_negative = [](nanoseconds time, const char* field) {
    require_config(time.count() >= 0, field, "must not be negative");
  };
  not_negative(options.create_timeout, "pool.create_timeout");
  not_negative(options.check_timeout, "pool.check_timeout");
  not_negative(options.validation_bypass, "pool.validation_bypass");
  not_negative(options.idle_timeout, "pool.idle_timeout");
  not_negative(options.max_lifetime, "pool.max_lifetime");
  not_negative(options.keepalive, "pool.keepalive");
  not_negative(options.first_backoff, "pool.first_backoff");
  not_negative(options.leak_after, "pool.leak_after");
  require_config(options.max_backoff >= options.first_backoff, "pool.max_backoff",
                 "must not be less than first_backoff");
  // Written so that NaN is refused, too.
  require_config(options.lifetime_variance >= 0 && options.lifetime_variance < 1,
                 "pool.lifetime_variance", "must be at least 0 and less than 1");
}

void pool_rules::made(pool_stamps& stamps, nanoseconds now, double random) const noexcept {
  stamps.used = stamps.proven = now;
  const double shorter =
      static_cast<double>(options_.max_lifetime.count()) * options_.lifetime_variance * random;
  // At least a nanosecond: zero would be for ever.
  const auto life = std::max(
      options_.max_lifetime - nanoseconds(static_cast<nanoseconds::rep>(shorter)), nanoseconds(1));
  stamps.expires = options_.max_lifetime.count() == 0 ? never : add_timeout(now, life);
}

bool pool_rules::is_over(const pool_stamps& stamps, nanoseconds now,
                         std::uint64_t generation) const noexcept {
  return stamps.generation != generation || now >= stamps.expires;
}

bool pool_rules::must_validate(const pool_stamps& stamps, nanoseconds now) const noexcept {
  return now - stamps.proven >= options_.validation_bypass;
}

bool pool_rules::idle_too_long(const pool_stamps& stamps, nanoseconds now,
                               std::size_t live) const noexcept {
  return live > options_.min_size && now >= add_timeout(stamps.used, options_.idle_timeout);
}

bool pool_rules::keepalive_due(const pool_stamps& stamps, nanoseconds now) const noexcept {
  return now >= add_timeout(stamps.proven, options_.keepalive);
}

std::chrono::nanoseconds pool_rules::next_look(const pool_stamps& stamps,
                                               std::size_t live) const noexcept {
  const nanoseconds idle =
      live > options_.min_size ? add_timeout(stamps.used, options_.idle_timeout) : never;
  return std::min({stamps.expires, idle, add_timeout(stamps.proven, options_.keepalive)});
}

std::size_t pool_rules::wanted(const pool_counts& counts) const noexcept {
  const auto above = [](std::size_t a, std::size_t b) { return a > b ? a - b : 0; };
  const std::size_t live = counts.total - counts.ending;
  const std::size_t wanted =
      std::max(above(counts.waiting, counts.pending), above(options_.min_size, live));
  const std::size_t at_a_time =
      options_.max_creating == 0 ? options_.max_size : options_.max_creating;
  return std::min(
      {wanted, above(options_.max_size, counts.total), above(at_a_time, counts.creating)});
}

void pool_rules::creation_failed(nanoseconds now) noexcept {
  backoff_ =
      backoff_.count() == 0 ? options_.first_backoff : std::min(backoff_ * 2, options_.max_backoff);
  creations_after_ = now + backoff_;
}

void pool_rules::creation_succeeded() noexcept {
  backoff_ = {};
  creations_after_ = nanoseconds::min();
}

}  // namespace asioscope::core::detail
