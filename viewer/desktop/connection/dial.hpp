// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "connection/descriptor.hpp"

#include <chrono>
#include <string>

namespace asioscope::viewer {

struct dialled {
  descriptor socket;  ///< non-blocking; none when it failed
  std::string error;
};

/// Connects to a Unix socket. Gives up when `interrupt` becomes readable.
[[nodiscard]] dialled dial_unix(const std::string& path, int interrupt,
                                std::chrono::milliseconds timeout);

/// Connects over TCP to the first address of `host` that answers.
[[nodiscard]] dialled dial_tcp(const std::string& host, const std::string& port, int interrupt,
                               std::chrono::milliseconds timeout);

}  // namespace asioscope::viewer
