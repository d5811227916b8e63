// SPDX-License-Identifier: BSL-1.0
#include "asioscope/resources/observe_resources.hpp"

#include "asioscope/core/observer.hpp"
#include "asioscope/core/resource.hpp"
#include "asioscope/recorder/resources.hpp"
#include "asioscope/recorder/thread_state.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace asioscope {

namespace {

// Numbers of core and of the schema mean the same.
static_assert(static_cast<int>(core::wait_outcome::granted) ==
              static_cast<int>(schema::wait_outcome::granted));
static_assert(static_cast<int>(core::wait_outcome::closed) ==
              static_cast<int>(schema::wait_outcome::closed));

// Both are CLOCK_MONOTONIC.
std::int64_t nanoseconds(std::chrono::steady_clock::time_point moment) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count();
}

std::uint64_t nanoseconds(std::chrono::steady_clock::duration waited) {
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(waited).count();
  return static_cast<std::uint64_t>(std::max<decltype(count)>(count, 0));
}

std::vector<schema::resource_figure> figures_of(const core::resource_description& from) {
  std::vector<schema::resource_figure> result;
  result.reserve(from.attributes.size());
  for (const core::resource_attribute& each : from.attributes)
    result.push_back({each.name, each.value, each.is_total});
  return result;
}

std::vector<schema::resource_use> uses_of(const std::vector<core::resource_wait>& from) {
  std::vector<schema::resource_use> result;
  result.reserve(from.size());
  for (const core::resource_wait& each : from)
    result.push_back({each.task, nanoseconds(each.since)});
  return result;
}

recorder::living_resource living(const core::resource_description& from) {
  recorder::living_resource result;
  result.key = from.id;
  result.now.state = from.state;
  result.now.figures = figures_of(from);
  result.now.waiting = from.waiting;
  result.now.waiters = uses_of(from.waiters);
  result.now.holders = uses_of(from.holders);
  return result;
}

class recording_observer final : public core::observer {
 public:
  std::uint64_t current_task() noexcept override {
    if (!recorder::recording()) return 0;
    return recorder::this_thread().run.task.load(std::memory_order_relaxed);
  }

  void began(core::resource_id resource, core::resource_kind kind,
             std::string_view name) noexcept override {
    recorder::begin_resource(resource, to_string(kind), name);
  }

  void ended(const core::resource_description& last) noexcept override {
    std::vector<schema::resource_figure> figures;
    try {
      figures = figures_of(last);
    } catch (...) {  // no memory: without them
    }
    recorder::end_resource(last.id, figures);
  }

  void wait_began(core::resource_id, std::uint64_t) noexcept override {}

  void wait_ended(core::resource_id resource, std::uint64_t task,
                  std::chrono::steady_clock::duration waited,
                  core::wait_outcome outcome) noexcept override {
    recorder::record_wait(resource, static_cast<schema::wait_outcome>(outcome), task,
                          nanoseconds(waited));
  }

  core::duration_sink item_waits(core::resource_id resource) noexcept override {
    recorder::item_waits* const cells = recorder::item_waits_of(resource);
    if (cells == nullptr) return {};
    return {[](void* self, std::chrono::steady_clock::duration waited) noexcept {
              static_cast<recorder::item_waits*>(self)->record(nanoseconds(waited));
            },
            cells};
  }

  void happened(core::resource_id resource, const char* what, std::int64_t) noexcept override {
    recorder::record_occurrence(resource, what);
  }
};

std::vector<recorder::living_resource> list(const std::function<void()>& meanwhile) {
  std::vector<recorder::living_resource> result;
  for (const core::resource_description& each : core::describe_resources(meanwhile))
    result.push_back(living(each));
  return result;
}

}  // namespace

void observe_resources() {
  static const bool installed = [] {
    core::install_observer(new recording_observer);  // lives as long as the program
    recorder::set_resource_source(&list);
    return true;
  }();
  static_cast<void>(installed);
}

}  // namespace asioscope
