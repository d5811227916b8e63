// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bench {

/// In what a goal is measured.
enum class scale {
  nanoseconds,   ///< added
  reads,         ///< added, in reads of the time stamp counter
  factor,        ///< multiple
  bytes,         ///< added
  count,         ///< added
  bytes_each,    ///< as it is
  percent,       ///< as it is
  milliseconds,  ///< as it is
};

/// What one variant may cost more than another.
struct goal {
  std::string what;
  std::string workload;
  std::string variant;
  std::string compared_with;  ///< unless it is taken as it is
  scale in = scale::nanoseconds;
  double limit = 0;
  /// Why it is not met, for as long as it is not; true whatever the figure.
  std::string why_not;

  /// Nothing: not measured in this run.
  [[nodiscard]] std::optional<double> measured(const results& all) const;
  [[nodiscard]] bool met(double measured) const;
};

std::vector<goal> all_goals();

/// "+2.8 ns", "4.9 × rdtsc", "1.013 ×", "+96 bytes", "+0",
/// "10.2 bytes", "0.0 %", "2.6 ms".
std::string in_words(scale in, double value);

}  // namespace bench
