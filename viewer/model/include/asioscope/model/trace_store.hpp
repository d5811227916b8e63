// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/creation_track.hpp"
#include "asioscope/model/limits.hpp"
#include "asioscope/model/ring.hpp"
#include "asioscope/model/slice_track.hpp"
#include "asioscope/schema/event.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace asioscope::model {

/// What happened on one thread.
struct lane {
  /// Runs and the scopes in them: [0] is outermost, what lies in [n + 1] lies within one of [n].
  /// Those of one track do not overlap.
  std::vector<slice_track> depths;
  /// Waits for resources, and scopes that a task kept open while it was suspended: they overlap
  /// with anything. Of the thread on which they ended.
  slice_track across;
  slice_track moments;       ///< begins and ends of tasks, occurrences, operations that never ran
  creation_track creations;  ///< of operations: who created which run, see causes.hpp
  ring<schema::gap> gaps{limits::gaps};

  [[nodiscard]] bool has_runs() const noexcept { return !depths.empty() && !depths[0].empty(); }
};

/// The events of the last while, by thread. Keeps about as many as it was told to, or more of the
/// small ones in the same memory, and forgets the oldest of all threads first. A copy shares nearly
/// all of it.
class trace_store {
 public:
  explicit trace_store(std::size_t most_events) : most_events_(most_events) {}

  void fold(const schema::event_batch& batch);
  void fold(const schema::gap& gap);
  /// Until the next events come, what happens is not told.
  void interrupt();

  [[nodiscard]] const std::map<std::uint32_t, lane>& lanes() const noexcept { return lanes_; }
  [[nodiscard]] std::size_t events() const noexcept { return events_; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return (events_ - creations_) * sizeof(slice) + creations_ * sizeof(creation);
  }
  [[nodiscard]] std::size_t most_events() const noexcept { return most_events_; }
  /// That were not kept: in an impossible order, nested too deep, or of too many threads.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  /// Where what is kept begins: before that, things have been forgotten. 0 when there is nothing.
  [[nodiscard]] std::int64_t begin_ns() const noexcept { return begin_ns_; }
  /// All that happened between these moments is here.
  [[nodiscard]] bool holds(std::int64_t from_ns, std::int64_t to_ns) const {
    return events_ != 0 && begin_ns_ <= from_ns && is_whole(from_ns, to_ns);
  }
  /// Nothing that happened between these moments, on whatever thread, is known to be missing:
  /// neither overwritten nor forgotten nor not told.
  [[nodiscard]] bool is_whole(std::int64_t from_ns, std::int64_t to_ns) const;
  /// End of the latest.
  [[nodiscard]] std::int64_t end_ns() const noexcept { return end_ns_; }

 private:
  struct interruption {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
  };

  void go_on(const schema::event_batch& batch);
  void add(lane& where, const schema::event& event);
  void add_nested(lane& where, const slice& added);
  void add_in_order(slice_track& track, slice added);
  void add_creation(creation_track& track, creation added);
  void forget_oldest();

  std::map<std::uint32_t, lane> lanes_;
  std::size_t most_events_;
  std::size_t events_ = 0;
  std::size_t creations_ = 0;  // of the events
  std::uint64_t refused_ = 0;
  std::int64_t begin_ns_ = 0;
  std::int64_t end_ns_ = 0;
  // Nothing has been forgotten that ended after this moment.
  std::int64_t forgotten_until_ns_ = std::numeric_limits<std::int64_t>::min();
  bool is_interrupted_ = false;  // since end_ns_
  ring<interruption> interruptions_{limits::interruptions};
};

}  // namespace asioscope::model
