// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "http.hpp"
#include "liveness.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace asioscope::metrics {

/// Answers whoever decides about the process's life: an orchestrator, a load balancer. On one
/// thread at a time.
class health {
 public:
  health(std::function<schema::snapshot()> source, std::optional<std::chrono::nanoseconds> limit)
      : source_(std::move(source)), limit_(limit) {}

  /// Status 503 only when it is sure that a loop is stuck: whoever asks will kill the process. So
  /// never when it is first seen, but when that is still so at a later request.
  [[nodiscard]] http_page live();
  /// Status 503 until loops run, and while live() says so.
  [[nodiscard]] http_page ready();

 private:
  [[nodiscard]] std::vector<stuck_loop> surely_stuck();

  std::function<schema::snapshot()> source_;
  std::optional<std::chrono::nanoseconds> limit_;
  second_look second_look_;
};

}  // namespace asioscope::metrics
