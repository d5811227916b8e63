// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/task.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

/// What is kept of the program's concurrency primitives. Those who know them say when one begins
/// and ends and what happens to it, and list the living ones when a snapshot is taken.
namespace asioscope::recorder {

/// The number that a resource has where it comes from. Never used again.
using resource_key = std::uint64_t;

/// A resource exists from now on. Said twice, it counts once.
void begin_resource(resource_key key, std::string_view kind, std::string_view name) noexcept;

/// And no longer, having had these figures, of which the totals are kept.
void end_resource(resource_key key, const std::vector<schema::resource_figure>& last) noexcept;

/// A wait for it is over, after so many nanoseconds. On the thread that ended it.
void record_wait(resource_key key, schema::wait_outcome outcome, task_id task,
                 std::uint64_t waited_ns) noexcept;

/// For how long items were in queues of one name until they were taken.
class item_waits {
 public:
  /// Any thread.
  void record(std::uint64_t waited_ns) noexcept;
  [[nodiscard]] schema::histogram sum() const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, schema::bucket_count> buckets_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

/// Those of a resource, to be recorded without asking again: they stay. Null when it is not known.
[[nodiscard]] item_waits* item_waits_of(resource_key key) noexcept;

/// Something happened to it. `what` lives as long as the program.
void record_occurrence(resource_key key, const char* what) noexcept;

/// A resource now: state, figures, who waits and who holds; the rest is known here.
struct living_resource {
  resource_key key = 0;
  schema::resource_info now;
};

/// Lists the living ones and, before it returns, calls `meanwhile` while none can begin or end.
using resource_source =
    std::function<std::vector<living_resource>(const std::function<void()>& meanwhile)>;

/// From now on they are listed by this. To be called once.
void set_resource_source(resource_source source);

/// All resources, in the order of their ids.
[[nodiscard]] std::vector<schema::resource_info> list_resources();

}  // namespace asioscope::recorder
