// SPDX-License-Identifier: BSL-1.0
#include "asioscope/metrics/collector.hpp"

#include "build_families.hpp"

#include "asioscope/recorder/recorder.hpp"

#include <chrono>
#include <mutex>
#include <utility>

namespace asioscope::metrics {

struct collector::state {
  explicit state(collect_options wanted)
      : options(std::move(wanted)),
        maker({options.max_sites, options.reserved_sites},
              {options.max_tasks, options.reserved_tasks}),
        resources(options.max_resources) {
    if (!options.source) options.source = &recorder::take_snapshot;
  }

  std::vector<family> collect_counted();
  reading read();

  collect_options options;
  std::mutex mutex;  // guards the rest
  row_maker maker;
  resource_row_maker resources;
  std::uint64_t collections = 0;
  std::uint64_t failed_collections = 0;
  double last_collection_seconds = 0;
};

reading collector::state::read() {
  const schema::snapshot from = options.source();
  reading result;
  result.time = from.time;
  result.self = from.self;
  result.table = maker.make(from);
  result.resources = resources.make(from.resources);
  result.stall_threshold = recorder::current_thresholds().stall;
  result.mode = to_string(recorder::current_mode());
  result.collections = collections;
  result.failed_collections = failed_collections;
  result.last_collection_seconds = last_collection_seconds;
  if (options.process) result.process = read_process_figures();
  return result;
}

std::vector<family> collector::state::collect_counted() {
  ++collections;
  const auto begin = std::chrono::steady_clock::now();
  try {
    std::vector<family> result = build_families(read());
    last_collection_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return result;
  } catch (...) {
    ++failed_collections;
    throw;
  }
}

collector::collector(collect_options options)
    : state_(std::make_unique<state>(std::move(options))) {}
collector::~collector() = default;

std::vector<family> collector::collect() {
  const std::lock_guard lock(state_->mutex);
  return state_->collect_counted();
}

std::uint64_t collector::failures() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failed_collections;
}

}  // namespace asioscope::metrics
