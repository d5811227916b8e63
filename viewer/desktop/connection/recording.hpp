// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/model.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace asioscope::viewer {

/// What a recording holds: it is what a program said, byte for byte.
struct recording_extent {
  std::int64_t begin_ns = 0;  ///< of the program, on its monotonic clock
  std::int64_t end_ns = 0;
  std::string flaw;  ///< why there is no more, when that is not its end
};

struct replayed {
  model::model state;
  recording_extent extent;  ///< as far as it was read
  std::string error;        ///< why it cannot be shown; empty when all is well
  bool was_cancelled = false;
};

/// Folds what the recording at `path` holds up to `until_ns`, the snapshot in any case.
/// `is_cancelled` is asked now and then, with the share of the file that has been read.
[[nodiscard]] replayed replay(const std::string& path, std::int64_t until_ns,
                              std::size_t trace_events,
                              const std::function<bool(double)>& is_cancelled);

}  // namespace asioscope::viewer
