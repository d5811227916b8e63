// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/limits.hpp"
#include "asioscope/model/ring.hpp"
#include "asioscope/schema/histogram.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace asioscope::model {

/// How late a loop was in one second.
struct lag_column {
  /// The first holds all up to 59.6 ns, each further one up to twice the time, the last the rest.
  static constexpr std::size_t octaves = 32;

  std::int64_t at_ns = 0;    ///< its end
  std::int64_t span_ns = 0;  ///< its length
  std::array<std::uint32_t, octaves> counts{};
  double p50_seconds = 0;
  double p99_seconds = 0;

  [[nodiscard]] std::uint64_t count() const noexcept;
};

/// The upper edge of an octave in seconds; infinity for the last.
[[nodiscard]] double octave_end_seconds(std::size_t octave) noexcept;

/// The distribution of a loop's lag over the last five minutes, second by second.
class lag_history {
 public:
  /// From now on `current` counts as old.
  void rebase(const schema::histogram& current, std::int64_t now_ns);
  void tick(const schema::histogram& current, std::int64_t now_ns);

  [[nodiscard]] const ring<lag_column>& columns() const noexcept { return columns_; }

 private:
  schema::histogram before_;
  std::int64_t before_ns_ = 0;
  ring<lag_column> columns_{limits::lag_columns};
};

}  // namespace asioscope::model
