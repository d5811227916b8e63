// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/retry_options.hpp"

#include <chrono>
#include <cstddef>

namespace asioscope::core::detail {

/// \throws config_error
const retry_options& checked(const retry_options& options);

/// The delays of one operation.
class retry_delays {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  explicit retry_delays(const retry_options& options) noexcept
      : options_(&options), last_(options.base_delay) {}

  /// After that attempt; the first is 1. `uniform` is from 0 to 1.
  nanoseconds after(std::size_t attempt, double uniform) noexcept;

  /// Without any chance.
  nanoseconds nominal(std::size_t attempt) const noexcept;

 private:
  const retry_options* options_;
  nanoseconds last_;
};

}  // namespace asioscope::core::detail
