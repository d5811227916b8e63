// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "latency_histogram.hpp"
#include "options.hpp"

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace load {

/// What came of all the requests.
class tally {
 public:
  explicit tally(std::size_t kinds) : by_kind_(kinds) {}

  /// `failure` is empty when all went well.
  void add(std::size_t kind, std::chrono::nanoseconds latency, const std::string& failure);

  [[nodiscard]] std::uint64_t failed() const;

  void print(std::ostream& to, const options& wanted, std::chrono::duration<double> elapsed) const;

 private:
  latency_histogram all_;
  std::vector<latency_histogram> by_kind_;
  std::map<std::string, std::uint64_t> failures_;
};

}  // namespace load
