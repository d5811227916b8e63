// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/thread_state.hpp"

/// Records empty runs on the calling thread, as the instrumentation does.
inline void record_runs(asioscope::recorder::loop_record& loop, unsigned n,
                        asioscope::recorder::site_id site = asioscope::recorder::other_site) {
  using namespace asioscope::recorder;
  thread_state& thread = this_thread();
  loop_cells& cells = thread.cells_of(loop);
  for (; n > 0; --n) {
    cells.created[0].add(1);
    cells.settled[0].add(1);
    run_start start;
    start.cells = &cells;
    start.site = site;
    thread.last_end = 0;
    thread.begin_run(start);
    thread.end_run();
  }
}
