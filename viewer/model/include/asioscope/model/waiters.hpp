// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/latest_run.hpp"
#include "asioscope/model/trace_store.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asioscope::model {

/// The runs of one handler that had to wait.
struct waiting_share {
  std::uint32_t loop = 0;
  std::uint32_t site = 0;
  std::uint64_t runs = 0;
  std::uint64_t waited_ns = 0;  ///< together, in the stretch
  found_run longest;            ///< of them
};

struct waiters {
  std::vector<waiting_share> shares;  ///< those that waited longest together come first
  std::uint64_t runs = 0;
  std::uint64_t waited_ns = 0;
  /// Operations that were begun before the end of it, and that the reactor returned when it was
  /// asked for the first time after it. Since when they were ready only the kernel knew.
  std::uint64_t returned_after = 0;
  std::int64_t asked_after_ns = 0;  ///< how long after the end that was
  bool is_whole = false;            ///< nothing that could be among them is missing
};

/// Who was ready and waited while something kept `thread` from `begin_ns` to `end_ns`: of that
/// thread, and of other threads what is of `loop`.
[[nodiscard]] waiters waiters_of(const trace_store& trace, std::uint32_t thread, std::uint32_t loop,
                                 std::int64_t begin_ns, std::int64_t end_ns,
                                 std::size_t most_slices = 1'000'000);

}  // namespace asioscope::model
