// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace asioscope::viewer {

/// When to draw again: soon after input, four times a second for news, every other second
/// for the clock.
class redraw_rhythm {
 public:
  using clock = std::chrono::steady_clock;
  using seconds = std::chrono::duration<double>;

  static constexpr seconds after_input{1.0 / 60};
  static constexpr seconds for_news{0.25};
  static constexpr seconds for_the_clock{2};

  /// Hover and popups settle over a few pictures.
  void note_input() noexcept { lively_ = 4; }

  void note_drawn(std::uint64_t revision, clock::time_point now) noexcept {
    revision_ = revision;
    drawn_ = now;
    lively_ = std::max(0, lively_ - 1);
  }

  [[nodiscard]] bool is_due(std::uint64_t revision, clock::time_point now) const noexcept {
    // Timers end a little early; a picture must not wait another turn for that.
    constexpr seconds slack{0.001};
    return now - drawn_ >= interval(revision) - slack;
  }

  /// Seconds to wait for input before asking again.
  [[nodiscard]] double timeout(std::uint64_t revision, clock::time_point now) const noexcept {
    const seconds left = interval(revision) - (now - drawn_);
    return std::clamp(left.count(), 0.001, for_the_clock.count());
  }

 private:
  [[nodiscard]] seconds interval(std::uint64_t revision) const noexcept {
    if (lively_ > 0) return after_input;
    return revision == revision_ ? for_the_clock : for_news;
  }

  clock::time_point drawn_{};
  std::uint64_t revision_ = 0;
  int lively_ = 4;
};

}  // namespace asioscope::viewer
