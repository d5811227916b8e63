// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/trace_store.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asioscope::model {

/// The runs of one handler in a stretch of time.
struct site_share {
  std::uint32_t loop = 0;
  std::uint32_t site = 0;
  std::uint64_t runs = 0;
  std::uint64_t busy_ns = 0;     ///< within the stretch
  std::uint64_t longest_ns = 0;  ///< of a whole run
  std::uint64_t most_delay_ns = 0;
  std::uint64_t slow = 0;
  std::uint64_t failed = 0;
  std::uint32_t longest_thread = 0;
  slice longest;  ///< that run
};

struct range_summary {
  std::vector<site_share> shares;  ///< the busiest first
  std::uint64_t runs = 0;
  std::uint64_t busy_ns = 0;  ///< of all threads together
  std::uint64_t lost = 0;     ///< events in gaps that lie in the stretch, at least partly
  bool is_cut = false;        ///< too much to look at: only the beginning was
};

/// What the threads did from `begin_ns` to `end_ns`. Only outermost runs count, so that nothing
/// counts twice. Looks at `most_slices` runs at most.
[[nodiscard]] range_summary summary_of(const trace_store& trace, std::int64_t begin_ns,
                                       std::int64_t end_ns, std::size_t most_slices = 1'000'000);

/// What kept `late`, a run on `thread` whose delay is known, from beginning when it was ready: the
/// runs in its delay, on its own thread and on those of the same loop.
[[nodiscard]] range_summary delayers_of(const trace_store& trace, std::uint32_t thread,
                                        const slice& late);

}  // namespace asioscope::model
