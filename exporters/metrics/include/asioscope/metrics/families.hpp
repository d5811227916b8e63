// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace asioscope::metrics {

enum class family_type : std::uint8_t { counter, gauge, histogram };

/// As Prometheus calls it.
[[nodiscard]] std::string_view to_string(family_type type);

/// What is true of a family whatever its values are.
struct family_info {
  std::string_view
      name;  ///< asio_…: about the program; asioscope_…: about the instrument; process_…: as usual
  family_type type = family_type::gauge;
  std::string_view unit;                     ///< "seconds", "bytes" or empty; the name says it too
  std::span<const std::string_view> labels;  ///< names, in the order in which samples have them
  std::string_view help;
};

/// Every family that can ever be exported, in the order of the export. Lifetime: the program's.
[[nodiscard]] std::span<const family_info> all_families();

/// Upper bounds in seconds of the buckets of every histogram, without the infinite one: each power
/// of two from 2^-17 s (7.6 µs) to 2^3 s (8 s). They are bounds of schema::histogram too, so that
/// no observation is ever put into a neighbouring bucket; and the same in every process, so that
/// histograms add up.
[[nodiscard]] std::span<const double> histogram_bounds();

struct label {
  std::string_view name;
  std::string value;  ///< valid UTF-8 without control characters

  friend bool operator==(const label&, const label&) = default;
};

/// Shared by the samples of one row, e.g. by everything that is known of one handler.
using labels = std::shared_ptr<const std::vector<label>>;

struct distribution {
  std::vector<std::uint64_t> cumulative;  ///< observations up to histogram_bounds()[i]
  std::uint64_t count = 0;
  double sum = 0;

  friend bool operator==(const distribution&, const distribution&) = default;
};

/// One of the observations that a counter or a histogram counts.
struct exemplar {
  std::vector<label> of;    ///< what it was: with its names at most max_exemplar_characters
  double value = 0;         ///< of a counter: by how much it grew
  double unix_seconds = 0;  ///< when it was counted
};
inline constexpr std::size_t max_exemplar_characters = 128;

struct sample {
  labels where;  ///< never null
  std::variant<double, distribution> value;
  /// Of a histogram at most one in each bucket, ascending; of a counter at most one; of a gauge
  /// none.
  std::vector<exemplar> exemplars = {};
};

struct family {
  const family_info* info = nullptr;
  std::vector<sample> samples;  ///< no two with the same labels
};

}  // namespace asioscope::metrics
