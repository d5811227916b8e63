// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What a row may take at most: so many times what another row of the same run takes, and so many
/// nanoseconds more.
struct limit {
  double factor = 0;
  const char* beside = nullptr;
  double nanoseconds = 0;
};

constexpr limit at_most(double nanoseconds) { return {0, nullptr, nanoseconds}; }
constexpr limit at_most(double factor, const char* beside, double more = 0) {
  return {factor, beside, more};
}

/// A line of the table. `measure(n)` does it n times and returns what one took: nanoseconds of CPU
/// time of the calling thread.
struct core_row {
  std::string name;
  double (*measure)(long operations);
  limit goal = {};
  /// Memory from the heap for each one, when it is warm, of which there should be none.
  bool counts_memory = true;
  /// Why the goal is not met, as long as it is not.
  std::string why_not = {};

  std::vector<double> rounds = {};
  double from_heap = 0;

  double nanoseconds() const;
  bool has_goal() const noexcept { return goal.beside != nullptr || goal.nanoseconds != 0; }
};

/// All of them, in the order of the table.
std::vector<core_row> posting_rows();
std::vector<core_row> semaphore_rows();
std::vector<core_row> queue_rows();
std::vector<core_row> limiter_rows();
std::vector<core_row> breaker_rows();
std::vector<core_row> pool_rows();
std::vector<core_row> pipeline_rows();
std::vector<core_row> task_rows();

/// How often `measure(n)` takes memory from the heap for each operation: what 2n take more than n.
double heap_use(const core_row& of, long operations);

void print(const std::vector<core_row>& rows, std::ostream& out);

}  // namespace bench
