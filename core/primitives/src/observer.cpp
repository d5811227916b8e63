// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/observer.hpp"

namespace asioscope::core {

namespace detail {
constinit std::atomic<observer*> installed_observer{nullptr};
}

std::string_view to_string(resource_kind kind) noexcept {
  switch (kind) {
    case resource_kind::mutex:
      return "mutex";
    case resource_kind::semaphore:
      return "semaphore";
    case resource_kind::event:
      return "event";
    case resource_kind::latch:
      return "latch";
    case resource_kind::queue:
      return "queue";
    case resource_kind::rate_limiter:
      return "rate_limiter";
    case resource_kind::task_pool:
      return "task_pool";
    case resource_kind::resource_pool:
      return "resource_pool";
    case resource_kind::retry:
      return "retry";
    case resource_kind::circuit_breaker:
      return "circuit_breaker";
    case resource_kind::bulkhead:
      return "bulkhead";
    case resource_kind::pipeline:
      return "pipeline";
    case resource_kind::queue_processor:
      return "queue_processor";
    case resource_kind::event_loop:
      return "event_loop";
    case resource_kind::task_monitor:
      return "task_monitor";
  }
  return "unknown";
}

}  // namespace asioscope::core
