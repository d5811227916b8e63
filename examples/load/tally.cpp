// SPDX-License-Identifier: BSL-1.0
#include "tally.hpp"

#include <iomanip>
#include <ostream>
#include <string_view>

namespace load {
namespace {

constexpr int name_width = 20;
constexpr int column_width = 10;

void print_row(std::ostream& to, std::string_view name, const latency_histogram& latencies) {
  to << std::left << std::setw(name_width) << name << std::right << std::setw(column_width)
     << latencies.count();
  const auto milliseconds = [](std::chrono::nanoseconds value) {
    return std::chrono::duration<double, std::milli>(value).count();
  };
  to << std::fixed << std::setprecision(3);
  for (const double share : {0.5, 0.9, 0.99, 0.999}) {
    to << std::setw(column_width) << milliseconds(latencies.percentile(share));
  }
  to << std::setw(column_width) << milliseconds(latencies.largest()) << '\n';
}

}  // namespace

void tally::add(std::size_t kind, std::chrono::nanoseconds latency, const std::string& failure) {
  all_.add(latency);
  by_kind_[kind].add(latency);
  if (!failure.empty()) ++failures_[failure];
}

std::uint64_t tally::failed() const {
  std::uint64_t sum = 0;
  for (const auto& [failure, count] : failures_)
    sum += count;
  return sum;
}

void tally::print(std::ostream& to, const options& wanted,
                  std::chrono::duration<double> elapsed) const {
  to << all_.count() << " requests in " << std::fixed << std::setprecision(2) << elapsed.count()
     << " s, " << std::setprecision(0) << static_cast<double>(all_.count()) / elapsed.count()
     << " a second, over " << wanted.connections << " connections, " << failed() << " failed\n\n";
  to << std::left << std::setw(name_width) << "latency in ms" << std::right;
  for (const auto* heading : {"count", "p50", "p90", "p99", "p99.9", "max"}) {
    to << std::setw(column_width) << heading;
  }
  to << '\n';
  print_row(to, "all", all_);
  for (std::size_t i = 0; i < by_kind_.size(); ++i) {
    const auto& kind = wanted.mix[i];
    print_row(to, std::string(to_string(kind.method)) + ' ' + kind.path, by_kind_[i]);
  }
  to << (wanted.rate > 0 ? "\nfrom the moment at which a request was due to its answer\n"
                         : "\nfrom the moment at which a request was sent to its answer\n");
  for (const auto& [failure, count] : failures_) {
    to << "failed: " << failure << ": " << count << '\n';
  }
}

}  // namespace load
