// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/metrics/families.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace asioscope::metrics {

struct collect_options {
  /// Where the figures come from; empty: recorder::take_snapshot.
  std::function<schema::snapshot()> source = {};

  /// How many values the label `site` may have. Names come first come, first served and keep their
  /// place for life; `reserved_sites` of the places are kept for handlers that were slow, stalled
  /// or failed. All others are added up as site="_other", and asioscope_label_overflow_total counts
  /// what was folded.
  std::size_t max_sites = 50;
  std::size_t reserved_sites = 10;
  /// The same for `task`, where the reserved places are for tasks that failed.
  std::size_t max_tasks = 50;
  std::size_t reserved_tasks = 10;
  /// How many names primitives may have, of each kind; the others are added up as `_other`.
  std::size_t max_resources = 50;

  /// Whether to export process_*. Off when something else in the program exports these.
  bool process = true;
};

/// Turns what the recorder knows into metric families.
///
/// Every counter is monotonic for the life of the collector, and the sum over `site` (or `task`) is
/// exact: when a handler that was folded into `_other` gets a place, what was already shown there
/// stays there, and its own series starts with what came after. A handler's runs are in its own
/// series or in `_other`, never in both. Nothing is reset by reading, so any number of servers may
/// scrape.
///
/// Thread safety: any thread; concurrent collections wait for each other, never for a thread that
/// records. Errors: collect() passes on what the source throws, after counting it in
/// asioscope_collect_errors_total.
class collector {
 public:
  explicit collector(collect_options options = {});
  ~collector();
  collector(const collector&) = delete;
  collector& operator=(const collector&) = delete;

  /// The families that have samples, in the order of all_families(); samples in a fixed order.
  [[nodiscard]] std::vector<family> collect();

  /// How many collections have failed: what the next one says in asioscope_collect_errors_total.
  [[nodiscard]] std::uint64_t failures() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace asioscope::metrics
