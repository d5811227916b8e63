// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "clock.hpp"

#include "asioscope/recorder/note.hpp"

#include <vector>

/// Which runs were behind the high figures of a loop: of each bucket of its histograms the latest
/// one that was slow. Only what is slow anyway is kept; nothing here is on the hot path.
namespace asioscope::recorder {

/// A slow run has been counted, its queue delay too if it is known. On its own thread; never waits:
/// when the samples are being read, this one is not kept.
void keep_slow_run(const note& about) noexcept;

/// A lag has been counted. Nothing to keep unless it was slow and one slow run of the loop was the
/// most of it: the latest since `since`, when the loop was last in time.
void keep_late(loop_id loop, schema::slow_figure figure, ticks late, ticks since) noexcept;

/// A stall has been counted.
void keep_stall(const note& about);

/// All that are kept. What they were counted in is seen by whoever reads it after this.
std::vector<schema::slow_sample> list_slow_samples(const tick_converter& convert);

}  // namespace asioscope::recorder
