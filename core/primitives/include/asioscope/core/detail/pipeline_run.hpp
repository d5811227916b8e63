// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/detail/spawned.hpp"
#include "asioscope/core/error.hpp"
#include "asioscope/core/outcome.hpp"
#include "asioscope/core/pipeline_options.hpp"
#include "asioscope/core/resource.hpp"

#include <boost/asio/error.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace asioscope::core::detail {

/// A pipeline at work, but for what depends on the types of its items.
template <class Executor, class Sync>
class pipeline_run final : public resource {
 public:
  using coroutine = spawned<coroutine_executor<Executor, Sync>>;

  /// A worker and whether it waits for the source; that is asked on its executor only.
  struct worker {
    std::weak_ptr<coroutine> running;
    std::shared_ptr<bool> pulling;
  };

  pipeline_run(const Executor& executor, pipeline_options options, std::string name)
      : resource(resource_kind::pipeline, std::move(name)),
        executor_(executor),
        options_(std::move(options)) {
    list();
  }
  ~pipeline_run() { unlist(); }

  const Executor& executor() const noexcept { return executor_; }
  const pipeline_options& options() const noexcept { return options_; }

  /// Before anything runs.
  void add_stage(std::function<stage_counts()> counts) { stages_.push_back(std::move(counts)); }
  void add_worker(worker added) { workers_.push_back(std::move(added)); }

  /// An exception ends it all: the first is kept.
  void fail(std::exception_ptr error) {
    {
      const std::lock_guard lock(mutex_);
      if (error_ == nullptr && !aborted_) error_ = std::move(error);
    }
    happened("failed");
    abort();
  }

  void abort() {
    {
      const std::lock_guard lock(mutex_);
      if (aborted_.exchange(true)) return;
      finishing_ = true;
    }
    for (const worker& each : workers_)
      if (const auto running = each.running.lock(); running != nullptr) running->cancel();
  }

  /// Nothing more is taken from the source.
  void finish() {
    if (finishing_.exchange(true)) return;
    for (const worker& each : workers_)
      if (const auto running = each.running.lock(); running != nullptr)
        running->cancel_if([pulling = each.pulling] { return *pulling; });
  }

  /// A worker that has seen neither, and then waits, is cancelled: that comes to its executor
  /// later.
  bool is_aborted() const noexcept { return aborted_.load(); }
  bool is_finishing() const noexcept { return finishing_.load(); }

  std::exception_ptr error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

  /// What the one who reads the stream is told when it is over; none: it has come to its end.
  error_code how_it_ended() const {
    const std::lock_guard lock(mutex_);
    if (error_ != nullptr) return code_of(error_);
    return aborted_ ? error_code(boost::asio::error::operation_aborted) : error_code();
  }

  std::vector<stage_counts> counts() const {
    std::vector<stage_counts> all;
    for (const auto& each : stages_)
      all.push_back(each());
    return all;
  }

  void describe(resource_description& description) const override {
    stage_counts sum;
    std::uint64_t in_flight = 0;
    const std::vector<stage_counts> all = counts();
    for (const stage_counts& each : all) {
      sum.filtered += each.filtered;
      sum.failed += each.failed;
      sum.buffered += each.buffered;
      in_flight += each.in_flight();
    }
    description.gauge("stages", static_cast<double>(all.size()));
    description.gauge("in_flight", static_cast<double>(in_flight));
    description.gauge("depth", static_cast<double>(sum.buffered));
    description.total("in", all.empty() ? 0.0 : static_cast<double>(all.front().in));
    description.total("out", all.empty() ? 0.0 : static_cast<double>(all.back().out));
    description.total("filtered", static_cast<double>(sum.filtered));
    description.total("failed", static_cast<double>(sum.failed));
  }

 private:
  mutable Sync mutex_;
  const Executor executor_;
  const pipeline_options options_;
  std::exception_ptr error_;
  std::atomic<bool> finishing_{false};  ///< set once; also when it is aborted
  std::atomic<bool> aborted_{false};    ///< set once
  std::vector<worker> workers_;
  std::vector<std::function<stage_counts()>> stages_;
};

}  // namespace asioscope::core::detail
