// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/latest_run.hpp"
#include "asioscope/model/trace_store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace asioscope::model {

/// Where and when the operation of a run was created: posted, or started.
struct cause {
  std::uint32_t thread = 0;
  std::int64_t created_ns = 0;
  /// The innermost run on that thread at that moment. Nothing: none has ended that was.
  std::optional<slice> run;

  friend bool operator==(const cause&, const cause&) = default;
};

/// An operation that a run created.
struct effect {
  std::int64_t created_ns = 0;
  /// Nothing: it has not run, or that is not in the trace.
  std::optional<found_run> run;
};

struct effects {
  std::vector<effect> first;  ///< in the order of their creation
  std::size_t count = 0;      ///< listed or not
  bool is_part = false;       ///< there may be more: not in the trace, or not looked at
};

/// What a question about causes looks at, at most: it is answered as far as that goes.
inline constexpr std::size_t usual_search = 500'000;

/// Who created the operation that `run` completes. Operations' numbers are used again: nothing is
/// said unless the trace is whole from the creation to the run, on all threads.
[[nodiscard]] std::optional<cause> cause_of(const trace_store& trace, const slice& run,
                                            std::size_t most_looked_at = usual_search);

/// What `run`, on `thread`, created, and what came of the first `most_listed` of that. Of two runs
/// one is the effect of the other exactly if that one is its cause.
[[nodiscard]] effects effects_of(const trace_store& trace, std::uint32_t thread, const slice& run,
                                 std::size_t most_listed,
                                 std::size_t most_looked_at = usual_search);

}  // namespace asioscope::model
