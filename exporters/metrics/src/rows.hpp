// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "capped_rows.hpp"
#include "exemplars.hpp"

#include "asioscope/metrics/families.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace asioscope::metrics {

/// What the handlers of one site did on one loop.
struct site_totals {
  std::uint64_t handlers = 0;
  std::uint64_t busy_ns = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t slow = 0;
  std::uint64_t slow_ns = 0;
  std::uint64_t exceptions = 0;
  std::uint64_t unrun = 0;
  std::map<std::string, std::uint64_t> errors = {};  // by category
  bool stalled = false;                              // found in a stall, perhaps still in it

  static constexpr std::array members{
      &site_totals::handlers, &site_totals::busy_ns,    &site_totals::wait_ns, &site_totals::slow,
      &site_totals::slow_ns,  &site_totals::exceptions, &site_totals::unrun};
  [[nodiscard]] bool important() const { return slow > 0 || exceptions > 0 || stalled; }
};

/// What became of the tasks of one name on one loop.
struct task_totals {
  std::uint64_t spawned = 0;
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t abandoned = 0;

  static constexpr std::array members{&task_totals::spawned, &task_totals::finished,
                                      &task_totals::failed, &task_totals::cancelled,
                                      &task_totals::abandoned};
  [[nodiscard]] bool important() const { return failed > 0; }
};

/// The live tasks of a loop by what they do.
struct live_tasks {
  std::uint64_t ready = 0;
  std::uint64_t running = 0;
  std::uint64_t suspended = 0;
  std::uint64_t untracked = 0;  // live by the counters, but the recorder's table was full
};

/// Loops of one name: nearly always one.
struct loop_row {
  labels where;
  bool present = false;  // named in the snapshot
  bool live = false;     // else its gauges are 0
  schema::loop_statistics totals;
  schema::histogram run;
  schema::histogram delay;
  schema::histogram task_duration;
  live_tasks tasks;
  std::int64_t oldest_spawn_ns = 0;  // of the live tasks, 0 = there is none
  std::array<std::uint64_t, schema::stall_cause_count> stalls{};  // by cause
  std::vector<named_sample> slow;
};

template <class Totals>
struct labelled {
  labels where;
  Totals totals;
};

/// A snapshot brought together by label values.
struct rows {
  std::vector<loop_row> loops;
  std::vector<labelled<site_totals>> sites;
  std::vector<labelled<task_totals>> tasks;
  std::uint64_t folded_sites = 0;  // handlers counted in site="_other"
  std::uint64_t folded_tasks = 0;  // tasks counted in task="_other"
};

/// Makes rows and remembers what must not change between two snapshots: the order of the loops and
/// who has a place.
class row_maker {
 public:
  row_maker(label_places sites, label_places tasks);
  row_maker(const row_maker&) = delete;
  row_maker& operator=(const row_maker&) = delete;

  [[nodiscard]] rows make(const schema::snapshot& from);

 private:
  std::uint32_t place_of_loop(const std::string& name);

  std::map<std::string, std::uint32_t> loops_;
  std::vector<labels> loop_labels_;  // by place
  capped_rows<site_totals> sites_;
  capped_rows<task_totals> tasks_;
};

}  // namespace asioscope::metrics
