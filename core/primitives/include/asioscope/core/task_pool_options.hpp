// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/outcome.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace asioscope::core {

enum class result_order : std::uint8_t { submission, completion };

struct task_pool_options {
  std::size_t concurrency = 10;  ///< so many run at a time: at least 1
  std::size_t queued = 0;        ///< so many more are taken without making the submitter wait
  result_order order = result_order::submission;
  /// So many results are kept until they are taken: at least 1. What else would be submitted waits,
  /// or, if one says so, the oldest results are dropped.
  std::size_t max_results = 65'536;
  bool drop_oldest = false;
  /// After the first failure all tasks are cancelled, and submissions `rejected` until the results
  /// have been gathered.
  bool cancel_on_error = false;
  std::chrono::nanoseconds timeout{0};  ///< of each task, from when it starts; 0: none
};

/// Of one task.
template <class Id = std::uint64_t>
struct submit_options {
  submit_options() = default;
  submit_options(Id own_id) : id(std::move(own_id)) {}  // NOLINT(google-explicit-constructor)

  std::optional<Id> id;                 ///< none: a number that is not in use
  int priority = 0;                     ///< among those that are queued: the greatest first
  std::chrono::nanoseconds timeout{0};  ///< 0: that of the pool
};

/// How a task ended. One that took too long: with `timed_out`. One that was cancelled: with
/// `operation_aborted`.
template <class T, class Id = std::uint64_t>
struct task_result {
  Id id;
  std::uint64_t sequence;  ///< 1 of the first that was submitted
  outcome<T> result;
};

/// A pool at one moment.
struct task_pool_counts {
  std::size_t concurrency;
  std::size_t running;
  std::size_t queued;
  std::size_t waiting_to_submit;
  std::size_t results;            ///< not taken yet
  std::uint64_t results_dropped;  ///< ever
  bool paused;
};

}  // namespace asioscope::core
