// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace bench {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double row::value() const { return median(rounds); }

double added(const row& r, const row& to) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(r.rounds.size(), to.rounds.size()); ++i)
    differences.push_back(r.rounds[i] - to.rounds[i]);
  return median(differences);
}

double ratio(const row& r, const row& to) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(r.rounds.size(), to.rounds.size()); ++i)
    if (to.rounds[i] > 0) ratios.push_back(r.rounds[i] / to.rounds[i]);
  return median(ratios);
}

const row* results::find(std::string_view workload, std::string_view variant) const {
  for (const row& r : rows)
    if (r.workload == workload && r.variant == variant) return &r;
  return nullptr;
}

void print_table(const results& all, std::ostream& out) {
  out << all.on.processor << ", " << all.on.system << '\n'
      << all.on.compiler << '\n'
      << all.on.date << ", load " << std::fixed << std::setprecision(2) << all.on.load << ", rdtsc "
      << std::setprecision(1) << all.rdtsc_ns << " ns, medians of " << all.rounds << " rounds\n\n"
      << std::left << std::setw(46) << "" << std::right << std::setw(10) << "each" << std::setw(13)
      << "" << std::setw(10) << "added" << std::setw(9) << "× rdtsc" << std::setw(10) << "× bare"
      << '\n';
  std::string workload;
  for (const row& r : all.rows) {
    if (r.workload != workload) out << '\n';
    workload = r.workload;
    out << std::left << std::setw(46) << r.workload + "/" + r.variant << std::right
        << std::setprecision(r.unit == "allocations" || r.unit == "%" ? 3 : 1) << std::setw(10)
        << r.value() << ' ' << std::left << std::setw(12) << r.unit << std::right;
    const row* const bare = all.find(r.workload, "bare");
    if (bare != nullptr && bare != &r) {
      out << std::setw(10) << added(r, *bare);
      if (r.unit == "ns")
        out << std::setprecision(2) << std::setw(8) << added(r, *bare) / all.rdtsc_ns;
      else
        out << std::setw(8) << "";
      if (bare->value() > 0) out << std::setprecision(3) << std::setw(9) << ratio(r, *bare);
    }
    out << '\n';
  }
}

void write_json(const results& all, std::ostream& out) {
  out << std::fixed << std::setprecision(3) << "{\"processor\":\"" << all.on.processor
      << "\",\"system\":\"" << all.on.system << "\",\"compiler\":\"" << all.on.compiler
      << "\",\"date\":\"" << all.on.date << "\",\"load\":" << all.on.load
      << ",\"rounds\":" << all.rounds << ",\"rdtsc_ns\":" << all.rdtsc_ns << ",\"rows\":[";
  const char* separator = "\n";
  for (const row& r : all.rows) {
    const row* const bare = all.find(r.workload, "bare");
    out << separator << "{\"name\":\"" << r.workload << '/' << r.variant << "\",\"unit\":\""
        << r.unit << "\",\"value\":" << r.value();
    if (bare != nullptr)
      out << ",\"bare\":" << bare->value() << ",\"added\":" << added(r, *bare)
          << ",\"ratio\":" << ratio(r, *bare);
    out << '}';
    separator = ",\n";
  }
  out << "\n]}\n";
}

}  // namespace bench
