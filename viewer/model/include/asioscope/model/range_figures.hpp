// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/trace_store.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_set>
#include <utility>

namespace asioscope::model {

/// What handlers and tasks did in a stretch of time, as far as the trace tells: the same figures
/// that the program keeps since its start, but of the stretch alone.
struct range_figures {
  using key = std::pair<std::uint32_t, std::uint32_t>;  ///< loop, site

  struct handler {
    /// Of the runs that lie in the stretch, at least partly. Hops are none, as always.
    schema::site_statistics figures;
    std::uint64_t busy_ns = 0;  ///< of them, the part within
  };

  std::map<key, handler> handlers;
  /// By name, those that ended then. How many were spawned is left out: their names come later.
  std::map<key, schema::task_statistics> ended_tasks;
  /// That ran, were queued or waited for a resource; low halves of their ids.
  std::unordered_set<std::uint32_t> tasks;
  std::size_t looked_at = 0;  ///< slices
  bool is_whole = false;      ///< nothing is missing
};

/// Looks at `most_slices` at most.
[[nodiscard]] range_figures figures_of(const trace_store& trace, std::int64_t begin_ns,
                                       std::int64_t end_ns, std::size_t most_slices = 2'000'000);

}  // namespace asioscope::model
