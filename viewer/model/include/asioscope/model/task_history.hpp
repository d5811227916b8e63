// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/ring.hpp"
#include "asioscope/model/trace_store.hpp"
#include "asioscope/model/untraced.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace asioscope::model {

/// The scopes of one name that a task has left.
struct scope_share {
  std::uint32_t site = 0;
  std::uint64_t count = 0;
  std::uint64_t total_ns = 0;
  slice longest;
};

/// What the trace knows of one task.
struct task_history {
  std::uint64_t task = 0;
  /// The stretch of its life that the trace covers, up to the latest that was known when it was
  /// looked at; both 0: none.
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;

  std::uint64_t runs = 0;
  schema::histogram run;
  schema::histogram delay;  ///< ready → begin, of the runs whose ready moment is known
  std::uint64_t longest_ns = 0;
  std::uint64_t longest_delay_ns = 0;
  std::vector<scope_share> scopes;  ///< those that took most together first
  std::uint64_t refused_scopes = 0;

  /// To be drawn: the latest of each, `most_drawn` at most; nothing of before `drawn_from_ns`.
  static constexpr std::size_t most_drawn = 30'000;
  std::int64_t drawn_from_ns = 0;
  slice_track ran;
  slice_track queued;                  ///< ready → begin of runs; each is otherwise as its run
  slice_track waited;                  ///< for resources
  std::vector<std::uint32_t> threads;  ///< of each in `ran`

  /// It waits for a resource since then, and still did at the end; 0: it does not. The trace has
  /// only waits that are over.
  std::int64_t waits_since_ns = 0;

  /// Events that were lost on some thread while it lived: it may have run meanwhile.
  std::vector<schema::gap> gaps;
  std::vector<untraced_stretch> untraced;

  [[nodiscard]] bool is_known() const noexcept { return end_ns > begin_ns; }
  /// Index in `ran` of the first run that ends after this moment.
  [[nodiscard]] std::size_t run_after(std::int64_t moment_ns) const {
    return ran.first_ending_after(moment_ns);
  }
};

/// What a task did at a moment, and from when to when.
struct task_moment {
  enum class what : std::uint8_t {
    unknown,   ///< before or after what the trace covers, or too much to be drawn
    untraced,  ///< nothing was recorded
    lost,      ///< some events were lost
    idle,      ///< suspended
    resource,  ///< suspended, waits for a resource
    queued,    ///< ready, waits for a thread
    run,
  };

  what kind = what::unknown;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  slice source = {};         ///< the run, the run that was queued, the wait if it is over
  std::uint32_t thread = 0;  ///< of a run
  std::uint64_t lost = 0;    ///< events
};

[[nodiscard]] task_moment moment_of(const task_history& history, std::int64_t moment_ns);

/// Looks for a task in a trace of millions, a portion at a time, so that no picture takes long.
class task_history_search {
 public:
  /// `untraced`: holes in the trace. `now_ns`: the latest moment that is known of the program. A
  /// copy of the trace is kept until the search is over; see trace_store.
  void begin(const trace_store& trace, const ring<untraced_stretch>& untraced,
             const schema::task_info& task, std::int64_t now_ns);
  /// Looks at about `most` slices. True when all have been looked at: then take().
  bool step(std::size_t most);
  [[nodiscard]] bool is_going_on() const noexcept { return trace_ != nullptr; }
  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }
  [[nodiscard]] task_history take();

 private:
  struct part {
    std::uint32_t thread = 0;
    const slice_track* track = nullptr;
    std::size_t next = 0;
    std::size_t last = 0;
  };
  struct drawn_slice {
    slice what;
    std::uint32_t thread = 0;
  };
  /// In the order of their ends, but for those of the track that is being looked at: they follow.
  struct drawn {
    std::vector<drawn_slice> slices;
    std::size_t in_order = 0;
    std::int64_t from_ns = 0;  ///< earlier ones are no longer here

    void add(const slice& what, std::uint32_t thread);
    void end_track();

   private:
    void drop_oldest_of(std::size_t first);
  };

  void note(const slice& each, std::uint32_t thread);
  void note_run(const slice& run, std::uint32_t thread);
  void note_scope(const slice& scope);
  void finish();

  std::unique_ptr<const trace_store> trace_;
  std::vector<part> parts_;
  std::size_t place_ = 0;  // in parts_
  std::uint32_t low_half_ = 0;
  std::size_t steps_ = 0;
  drawn ran_;
  drawn waited_;
  std::map<std::uint32_t, scope_share> scopes_;
  task_history found_;
};

}  // namespace asioscope::model
