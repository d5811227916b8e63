// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/trace_store.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asioscope::model {

/// Something that a task did or suffered.
struct task_stretch {
  enum class what : std::uint8_t {
    run,
    queued,    ///< ready, and waiting for a thread
    resource,  ///< waited for a resource
    scope,     ///< a scope that was open while it was suspended
  };

  what kind = what::run;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::uint32_t thread = 0;
  slice source;
};

struct task_lane {
  std::uint32_t task = 0;  ///< low 32 bits of its id
  std::uint64_t busy_ns = 0;
  std::uint64_t waited_ns = 0;  ///< queued and for resources
  std::uint32_t site = 0;       ///< its name's, from its begin; 0: not in what is looked at
  bool has_begun = false;       ///< within what is looked at; `begin_ns` is when
  bool has_ended = false;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::vector<task_stretch> stretches;  ///< by kind: scopes, waits, queued, runs on top
};

struct task_lanes {
  std::vector<task_lane> lanes;  ///< in the order of their first sign of life
  std::size_t tasks = 0;         ///< that were seen, listed or not
  bool is_too_much = false;      ///< too many runs to look at: nothing is listed
};

/// The tasks that did most between `begin_ns` and `end_ns`, `most_lanes` at most, with what they
/// did then. Looks at nothing when there are more than `most_slices` runs. `wanted`: something of a
/// task that is listed in any case; nullptr for none.
[[nodiscard]] task_lanes task_lanes_of(const trace_store& trace, std::int64_t begin_ns,
                                       std::int64_t end_ns, std::size_t most_lanes,
                                       std::size_t most_slices, const slice* wanted = nullptr);

}  // namespace asioscope::model
