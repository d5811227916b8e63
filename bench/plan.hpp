// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

namespace bench {

/// A build of the workloads, and the mode of the recorder in it.
struct variant {
  std::string name;
  std::string program;
  std::string mode;
};

struct workload {
  std::string name;  ///< "GROUP/NAME"
  std::string unit;  ///< of its values: "ns", "allocations", "bytes", "ms", "s", "KiB"
  long operations = 0;
  long few = 0;  ///< operations that take but a moment
  int most_rounds = 1'000;
  std::vector<variant> variants;  ///< the first is what the others are compared with

  [[nodiscard]] std::string group() const { return name.substr(0, name.find('/')); }
};

/// Everything there is to measure.
std::vector<workload> all_workloads();

/// The groups, each once, in the same order.
std::vector<std::string> all_groups();

}  // namespace bench
