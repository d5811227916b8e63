// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <string>

namespace asioscope::viewer {

/// A moment, or the nearest that sums do not overflow with: a stream may claim any.
[[nodiscard]] std::int64_t sane(std::int64_t moment_ns);

/// The stretch of a program's time that the timeline shows.
struct time_range {
  static constexpr std::int64_t shortest_ns = 200;
  static constexpr std::int64_t longest_ns = 4'000'000'000'000;
  static constexpr std::int64_t usual_ns = 2'000'000'000;

  std::int64_t begin_ns = 0;
  std::int64_t span_ns = usual_ns;
  bool follows = true;  ///< its end is the latest that is known

  [[nodiscard]] std::int64_t end_ns() const noexcept { return begin_ns + span_ns; }

  /// To be called with the latest moment that is known, and the first.
  void keep_up(std::int64_t first_ns, std::int64_t now_ns);
  /// Shows `factor` times as much; what is at `at_ns` keeps its place, unless the end follows.
  void zoom(double factor, std::int64_t at_ns);
  /// Shows what was later by so much; follows no more.
  void move(std::int64_t by_ns);
  /// Shows this stretch with some air around it; follows no more.
  void show(std::int64_t from_ns, std::int64_t to_ns);
};

/// Where moments are on the screen.
struct time_axis {
  float left = 0;
  float right = 1;
  time_range range;

  [[nodiscard]] double ns_per_pixel() const noexcept {
    return static_cast<double>(range.span_ns) / static_cast<double>(right - left);
  }
  [[nodiscard]] float x(std::int64_t moment_ns) const noexcept {
    return left +
           static_cast<float>(static_cast<double>(moment_ns - range.begin_ns) / ns_per_pixel());
  }
  [[nodiscard]] std::int64_t moment(float x_position) const noexcept {
    return range.begin_ns +
           static_cast<std::int64_t>(static_cast<double>(x_position - left) * ns_per_pixel());
  }
};

/// The least of 1, 2, 5 times a power of ten, in nanoseconds, that leaves `room_px` pixels between
/// two marks.
[[nodiscard]] std::int64_t mark_step_ns(const time_axis& axis, float room_px);

/// "12.345 s": as many digits as marks that are `step_ns` apart need.
[[nodiscard]] std::string moment_text(std::int64_t since_start_ns, std::int64_t step_ns);

}  // namespace asioscope::viewer
