// SPDX-License-Identifier: BSL-1.0
#include "table.hpp"

#include "../allocations.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace bench {

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

const core_row* find(const std::vector<core_row>& rows, std::string_view name) {
  for (const core_row& each : rows)
    if (each.name == name) return &each;
  return nullptr;
}

/// The median of what one takes of the other in the same round: what the machine does meanwhile
/// slows both.
double ratio(const core_row& one, const core_row& other) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < one.rounds.size(); ++i)
    ratios.push_back(one.rounds[i] / other.rounds[i]);
  return median(ratios);
}

void print_goal(const core_row& row, const std::vector<core_row>& rows, std::ostream& out) {
  const limit& goal = row.goal;
  const core_row* const beside = goal.beside == nullptr ? nullptr : find(rows, goal.beside);
  if (goal.beside != nullptr && beside == nullptr) return;  // not measured in this run
  bool met = false;
  if (beside == nullptr) {
    met = row.nanoseconds() <= goal.nanoseconds;
    out << "  goal " << std::setprecision(0) << goal.nanoseconds << " ns";
  } else if (goal.nanoseconds == 0) {
    const double times = ratio(row, *beside);
    met = times <= goal.factor;
    out << std::setprecision(2) << "  " << times << " x " << goal.beside << ", goal "
        << std::setprecision(1) << goal.factor;
  } else {
    const double most = goal.factor * beside->nanoseconds() + goal.nanoseconds;
    met = row.nanoseconds() <= most;
    out << std::setprecision(0) << "  goal " << goal.factor << " x " << goal.beside << " + "
        << goal.nanoseconds << " ns = " << std::setprecision(1) << most;
  }
  out << (met ? ": met" : ": not met");
  if (!met && !row.why_not.empty()) out << " (" << row.why_not << ')';
}

}  // namespace

double core_row::nanoseconds() const { return median(rounds); }

double heap_use(const core_row& of, long operations) {
  const auto counted = [&](long n) {
    const std::uint64_t before = allocations();
    of.measure(n);
    return static_cast<double>(allocations() - before);
  };
  counted(operations);
  const double once = counted(operations);
  return (counted(2 * operations) - once) / static_cast<double>(operations);
}

void print(const std::vector<core_row>& rows, std::ostream& out) {
  out << std::fixed << std::left << std::setw(58) << "" << std::right << std::setw(9) << "ns each"
      << std::setw(8) << "heap" << '\n';
  for (const core_row& each : rows) {
    out << std::left << std::setw(58) << each.name << std::right << std::setprecision(1)
        << std::setw(9) << each.nanoseconds();
    if (each.counts_memory)
      out << std::setw(8) << std::setprecision(each.from_heap < 0.005 ? 0 : 2) << each.from_heap;
    else
      out << std::setw(8) << "";
    if (each.has_goal()) print_goal(each, rows, out);
    out << '\n';
  }
}

}  // namespace bench
