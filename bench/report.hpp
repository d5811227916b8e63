// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "machine.hpp"

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// One line of the table: a workload in one variant.
struct row {
  std::string workload;  ///< "handlers/io_context"
  std::string variant;   ///< "bare", "metrics"…
  std::string unit;
  std::vector<double> rounds;  ///< what each round found

  [[nodiscard]] double value() const;  ///< median
};

/// Medians over the rounds of what one variant took beyond another in the same round, or as a
/// multiple of it: a machine that becomes slower meanwhile does so for both.
double added(const row& r, const row& to);
double ratio(const row& r, const row& to);

double median(std::vector<double> values);

struct results {
  machine on;
  int rounds = 0;
  double rdtsc_ns = 0;
  std::vector<row> rows;

  /// Null: not measured.
  [[nodiscard]] const row* find(std::string_view workload, std::string_view variant) const;
};

void print_table(const results& all, std::ostream& out);
void write_json(const results& all, std::ostream& out);

}  // namespace bench
