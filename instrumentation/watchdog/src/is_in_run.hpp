// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/recorder/thread_state.hpp"

#include <cstdint>

namespace asioscope::watchdog {

/// Whether a thread that may be gone is still in the same run.
inline bool is_in_run(const recorder::thread_state* thread, std::uint64_t sequence,
                      recorder::ticks begin) {
  bool found = false;
  recorder::for_each_thread([&](const recorder::thread_state& each) {
    found = found || (&each == thread && each.run.sequence == sequence && each.run.begin == begin);
  });
  return found;
}

}  // namespace asioscope::watchdog
