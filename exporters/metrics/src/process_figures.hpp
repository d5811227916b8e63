// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>

namespace asioscope::metrics {

/// What the kernel says about this process. What cannot be found out is left out.
struct process_figures {
  std::optional<double> cpu_seconds;
  std::optional<double> open_fds;
  std::optional<double> max_fds;
  std::optional<double> virtual_memory_bytes;
  std::optional<double> resident_memory_bytes;
  std::optional<double> start_time_seconds;
  std::optional<double> threads;
  std::optional<double> virtual_memory_max_bytes;  // where there is a limit
};

[[nodiscard]] process_figures read_process_figures();

}  // namespace asioscope::metrics
