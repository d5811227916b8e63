// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "liveness.hpp"
#include "process_figures.hpp"

#include "asioscope/schema/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace asioscope::metrics {

struct index_facts {
  std::string program;
  std::int64_t pid = 0;
  schema::snapshot now;
  std::vector<thread_now> threads;
  std::vector<schema::report> reports;  ///< oldest first
  process_figures process;
  std::chrono::nanoseconds stall_threshold{0};
  std::string_view mode;
};

/// The page for people: an HTML document without scripts, whatever the names in it are. Pure.
[[nodiscard]] std::string index_page(const index_facts& facts);

}  // namespace asioscope::metrics
