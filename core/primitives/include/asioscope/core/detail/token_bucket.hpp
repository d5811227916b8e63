// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace asioscope::core::detail {

/// A token bucket, exactly: a nanosecond is worth `rate` units and a token costs `period` of them,
/// so that nothing is ever rounded, and the sum is right after years.
///
/// The bucket overflows only when it is told to (`spill`): what came while somebody waited belongs
/// to those who wait, however late one looks.
class token_bucket {
  __extension__ typedef __int128 units;

 public:
  using nanoseconds = std::chrono::nanoseconds;

  /// Neither more tokens in a period nor a larger burst than that.
  static constexpr std::uint64_t most = 1'000'000'000'000;

  /// \param rate 0: what is in it is all there will ever be
  token_bucket(std::uint64_t rate, nanoseconds period, std::uint64_t burst,
               nanoseconds now) noexcept
      : rate_(rate), period_(period.count()), burst_(burst), last_(now), credit_(worth(burst)) {}

  std::uint64_t rate() const noexcept { return rate_; }
  nanoseconds period() const noexcept { return nanoseconds(period_); }
  std::uint64_t burst() const noexcept { return burst_; }

  /// A clock that is set back neither brings tokens nor takes any; time goes on from there.
  void advance(nanoseconds now) noexcept {
    if (now > last_)
      credit_ += static_cast<units>(elapsed_since_last(now)) * static_cast<units>(rate_);
    last_ = now;
  }

  void spill() noexcept { credit_ = std::min(credit_, worth(burst_)); }

  bool has(std::uint64_t tokens) const noexcept { return credit_ >= worth(tokens); }

  /// Which it has.
  void take(std::uint64_t tokens) noexcept { credit_ -= worth(tokens); }

  void give_back(std::uint64_t tokens) noexcept { credit_ += worth(tokens); }

  void drain() noexcept { credit_ = 0; }

  /// Whole ones, beyond those that are promised.
  std::uint64_t available(std::uint64_t promised) const noexcept {
    const units left = credit_ - worth(promised);
    return left <= 0 ? 0 : std::min(static_cast<std::uint64_t>(left / period_), burst_);
  }

  /// How long after the last `advance` it has so many, if none is taken; the maximum: never.
  nanoseconds until(std::uint64_t tokens) const noexcept {
    const units missing = worth(tokens) - credit_;
    if (missing <= 0) return nanoseconds::zero();
    if (rate_ == 0) return nanoseconds::max();
    const units wait = (missing + static_cast<units>(rate_) - 1) / static_cast<units>(rate_);
    return nanoseconds(static_cast<std::int64_t>(std::min(wait, longest)));
  }

  /// What is in it stays, to the fraction of a token that the new units can tell.
  void set_rate(std::uint64_t rate, nanoseconds period) noexcept {
    const units next = period.count();
    credit_ = credit_ / period_ * next + credit_ % period_ * next / period_;
    rate_ = rate;
    period_ = period.count();
  }

  void set_burst(std::uint64_t burst) noexcept { burst_ = burst; }

 private:
  static constexpr units longest = std::numeric_limits<std::int64_t>::max();

  units worth(std::uint64_t tokens) const noexcept { return static_cast<units>(tokens) * period_; }

  /// At most 292 years, so that no product overflows.
  std::uint64_t elapsed_since_last(nanoseconds now) const noexcept {
    const std::uint64_t elapsed =
        static_cast<std::uint64_t>(now.count()) - static_cast<std::uint64_t>(last_.count());
    return std::min(elapsed, static_cast<std::uint64_t>(longest));
  }

  std::uint64_t rate_;
  std::int64_t period_;
  std::uint64_t burst_;
  nanoseconds last_;
  units credit_;
};

}  // namespace asioscope::core::detail
