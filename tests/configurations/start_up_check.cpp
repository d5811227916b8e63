// SPDX-License-Identifier: BSL-1.0
// Starts a session: whether it then warns of hooks that are not in effect is seen by table.py.
#include "scenario.hpp"

#include "asioscope/recorder/recorder.hpp"
#include "asioscope/session/session.hpp"

CONFIGURATIONS_SCENARIO(start_up_check) {
  asioscope::session::options options;
  options.metrics = false;
  options.live = false;
  for (int i = 0; i < 2; ++i) {
    const asioscope::session session(options);
    const auto now = asioscope::recorder::take_snapshot();
    t.expect(now.loops.size() <= t.loops_left && now.site_stats.empty(),
             "the check leaves nothing");
  }
}
