// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/schema/histogram.hpp"

#include <cstdint>
#include <deque>
#include <vector>

namespace asioscope::model {

/// Moments that count: a step ends now; what lies before the others is forgotten.
struct horizon {
  std::int64_t now_ns = 0;
  std::int64_t window_ns = 0;  ///< begin of what histograms keep
  std::int64_t minute_ns = 0;  ///< begin of what counters keep
};

/// The last few seconds of a histogram that only ever grows. Each tick closes a step that holds
/// what was added since the tick before, so frames that were missed only make a step longer.
class histogram_window {
 public:
  /// From now on `current` counts as old.
  void rebase(const schema::histogram& current);

  /// Closes a step and forgets those that ended at or before the horizon's window.
  void tick(const schema::histogram& current, const horizon& when);

  /// What was added after `start_ns`, with what came after the last tick.
  [[nodiscard]] schema::histogram since(std::int64_t start_ns,
                                        const schema::histogram& current) const;

 private:
  struct filled_bucket {
    std::uint64_t count = 0;
    std::uint8_t index = 0;
  };
  struct step {
    std::int64_t end_ns = 0;
    std::uint64_t sum_ns = 0;
    std::vector<filled_bucket> buckets;  // a site fills a dozen of 122
  };

  schema::histogram base_;
  std::deque<step> steps_;
};

/// The same for a counter, for a minute.
class counter_window {
 public:
  void rebase(std::uint64_t current) { base_ = current; }
  void tick(std::uint64_t current, const horizon& when);
  [[nodiscard]] std::uint64_t since(std::int64_t start_ns, std::uint64_t current) const;

 private:
  struct step {
    std::int64_t end_ns = 0;
    std::uint64_t added = 0;
  };

  std::uint64_t base_ = 0;
  std::deque<step> steps_;
};

}  // namespace asioscope::model
