// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <mutex>

namespace asioscope::recorder {

/// What threads share behind a lock, in the order in which one thread may hold several.
enum class shared {
  probes,
  resources,
  registry,
  mode,
  task_places,
  ended_tasks,
  notes,
  slow_samples,
  clock,
  reports,
  redaction_rule,
  count
};

/// The lock for it. fork() takes them all first, so that a child finds each one free and what it
/// guards whole: the thread that held it in the parent does not exist in the child.
std::mutex& lock_of(shared what) noexcept;

}  // namespace asioscope::recorder
