// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace asioscope::core {

enum class resource_kind : std::uint8_t {
  mutex,
  semaphore,
  event,
  latch,
  queue,
  rate_limiter,
  task_pool,
  resource_pool,
  retry,
  circuit_breaker,
  bulkhead,
  pipeline,
  queue_processor,
  event_loop,
  task_monitor,
};

/// "rate_limiter".
std::string_view to_string(resource_kind kind) noexcept;

/// Of a named primitive, never used again; 0: it has no name, and nobody hears of it.
using resource_id = std::uint64_t;

struct resource_description;

/// How a wait ended.
enum class wait_outcome : std::uint8_t { granted, cancelled, timed_out, closed };

/// Where to count durations: by any thread, under the lock of a primitive. Good as long as the
/// program runs.
struct duration_sink {
  void (*add)(void* self, std::chrono::steady_clock::duration one) noexcept = nullptr;
  void* self = nullptr;
};

/// Hears of what happens to named primitives, as it happens. What they are like at this moment is
/// asked with `describe_resources` (resource.hpp).
///
/// Called on the thread that uses the primitive, without any lock of it held unless said
/// otherwise. Must not throw, not block, and not use the primitive that calls.
class observer {
 public:
  virtual ~observer() = default;

  /// What the calling thread runs, in the observer's own numbers; 0: nothing known. A wait carries
  /// it, so that one can say who waits for whom.
  virtual std::uint64_t current_task() noexcept = 0;

  virtual void wait_began(resource_id resource, std::uint64_t task) noexcept = 0;
  virtual void wait_ended(resource_id resource, std::uint64_t task,
                          std::chrono::steady_clock::duration waited,
                          wait_outcome outcome) noexcept = 0;

  /// Something else: "rejected", "opened", "retried". `what` lives as long as the program.
  virtual void happened(resource_id resource, const char* what, std::int64_t value) noexcept = 0;

  /// Where to say how long each item was in a queue until it was taken; without `add`: nobody wants
  /// to know. Asked under the lock of the primitive.
  virtual duration_sink item_waits(resource_id) noexcept { return {}; }

  /// A named primitive exists: the first that is heard of it. Also of each that was there before
  /// the observer, while it is installed.
  virtual void began(resource_id resource, resource_kind kind, std::string_view name) noexcept = 0;
  /// It ends, like this: the last that is heard of it.
  virtual void ended(const resource_description& last) noexcept = 0;
};

namespace detail {
extern std::atomic<observer*> installed_observer;
}

/// From now on this one is told, and no longer the one before; null: nobody. The one before may be
/// called a last time while this returns: let it live as long as the program.
/// Thread safety: any thread.
void install_observer(observer* next) noexcept;

/// Null: nobody listens. One load.
inline observer* current_observer() noexcept {
  return detail::installed_observer.load(std::memory_order_acquire);
}

}  // namespace asioscope::core
