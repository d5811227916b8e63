// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace load {

/// Says how many requests there are and when each is due. Time is handed in.
class schedule {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// With a rate, requests that are late are still sent, but only for so long after the last was
  /// due.
  static constexpr std::chrono::seconds patience{10};

  schedule(std::optional<std::uint64_t> requests, std::chrono::seconds duration, double rate,
           time_point begin)
      : requests_(requests), duration_(duration), rate_(rate), begin_(begin) {
    if (!requests_ && rate_ > 0) {
      requests_ =
          static_cast<std::uint64_t>(std::ceil(static_cast<double>(duration.count()) * rate_));
      sends_until_ = begin_ + duration_ + patience;
    } else if (!requests_) {
      sends_until_ = begin_ + duration_;
    }
  }

  /// When the next request is due, which may be past: without a rate, at once. Nothing when there
  /// are no more.
  std::optional<time_point> take(time_point now) {
    if ((requests_ && taken_ == *requests_) || (sends_until_ && now >= *sends_until_)) {
      return std::nullopt;
    }
    const auto number = static_cast<double>(taken_++);
    if (rate_ == 0) return now;
    const std::chrono::duration<double> after{number / rate_};
    return begin_ + std::chrono::duration_cast<time_point::duration>(after);
  }

  /// Requests planned and not taken.
  [[nodiscard]] std::uint64_t left() const { return requests_ ? *requests_ - taken_ : 0; }

 private:
  std::optional<std::uint64_t> requests_;
  std::chrono::seconds duration_;
  double rate_;
  time_point begin_;
  std::optional<time_point> sends_until_;
  std::uint64_t taken_ = 0;
};

}  // namespace load
