// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "widgets/time_range.hpp"

#include "asioscope/model/trace_store.hpp"

#include <imgui.h>

#include <cstdint>
#include <vector>

namespace asioscope::viewer {

/// All that is kept of the trace in one strip: how busy the threads were, and where the range is.
/// A click goes there, a drag moves.
class minimap {
 public:
  void draw(const model::trace_store& trace, time_range& range, ImVec2 size);

 private:
  void measure(const model::trace_store& trace, std::size_t columns);

  // What the columns were made of: made anew when there is something new.
  std::int64_t begin_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::size_t events_ = 0;
  std::vector<float> busy_;  // busy share of the busiest thread, 0…1
};

}  // namespace asioscope::viewer
