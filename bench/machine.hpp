// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace bench {

/// Where and how a run was made: figures mean nothing without it.
struct machine {
  std::string processor;  ///< model and number of cores
  std::string system;     ///< kernel
  std::string compiler;   ///< with its options, and Boost's version
  std::string date;       ///< UTC
  double load = 0;        ///< average number of programs that wanted to run in the last minute
};

machine this_machine();

}  // namespace bench
