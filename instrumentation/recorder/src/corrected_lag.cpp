// SPDX-License-Identifier: BSL-1.0
#include "corrected_lag.hpp"

#include "slow_samples.hpp"

#include "asioscope/recorder/thread_state.hpp"

namespace asioscope::recorder {

void record_arrivals(histogram_cells& into, ticks late, ticks interval) noexcept {
  late = latest_arrival(late);
  for (;; late -= interval) {
    into.record(late);
    if (late <= interval) return;
  }
}

void book_turn(loop_record& loop, loop_cells& cells, const turn& now) noexcept {
  const ticks interval = to_ticks(arrival_interval_ns);
  const ticks arrival = loop.next_arrival.load(std::memory_order_relaxed);
  const ticks previous = loop.turn_end.load(std::memory_order_relaxed);
  if (arrival == 0 || !now.proven || now.entered > previous) {
    // Nobody ran the loop for a while, or nobody knows.
    loop.next_arrival.store(now.end + interval, std::memory_order_relaxed);
    return;
  }
  const ticks deaf = now.begin - previous;
  cells.longest_turn.raise_to(deaf);
  if (deaf > detail::stall_threshold.load(std::memory_order_relaxed)) cells.long_turns.add(1);
  ticks next = arrival;
  if (next < now.begin) {
    record_arrivals(cells.corrected_lag, now.begin - next, interval);
    keep_late(loop.id, schema::slow_figure::corrected_lag, latest_arrival(now.begin - next),
              previous);
    next += ((now.begin - next - 1) / interval + 1) * interval;
  }
  if (next <= now.end) {
    // They met a loop that was waiting for them.
    const ticks awaited = (now.end - next) / interval + 1;
    cells.corrected_lag.buckets[0].add(awaited);
    next += awaited * interval;
  }
  loop.next_arrival.store(next, std::memory_order_relaxed);
}

}  // namespace asioscope::recorder
