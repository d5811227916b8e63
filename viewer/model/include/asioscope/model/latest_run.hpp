// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/trace_store.hpp"

#include <cstdint>
#include <optional>

namespace asioscope::model {

struct found_run {
  std::uint32_t thread = 0;
  slice what;
};

/// Which runs of a handler are looked for.
struct run_question {
  enum class by : std::uint8_t { duration, delay };

  std::uint32_t loop = 0;
  std::uint32_t site = 0;
  by measure = by::duration;
  std::uint64_t above_ns = 0;  ///< exclusive
  std::uint64_t up_to_ns = 0;
};

/// The latest such run that is kept.
[[nodiscard]] std::optional<found_run> latest_run(const trace_store& trace,
                                                  const run_question& wanted);

}  // namespace asioscope::model
