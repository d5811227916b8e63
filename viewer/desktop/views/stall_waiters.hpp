// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/navigation.hpp"

#include "asioscope/model/program.hpp"
#include "asioscope/model/waiters.hpp"

#include <cstdint>

namespace asioscope::viewer {

/// Of a stall: who waited meanwhile, as far as the trace tells; else what is known without it.
class stall_waiters {
 public:
  void draw(const model::program& program, const schema::report& stall, navigation& where);

  /// Of the stall that was drawn last.
  [[nodiscard]] const model::waiters& found() const { return found_; }

 private:
  void look(const model::trace_store& trace, const schema::report& stall);
  void draw_list(const model::program& program, navigation& where);

  model::waiters found_;
  // What was looked at.
  std::uint64_t report_ = 0;
  std::uint64_t duration_ns_ = 0;
  std::int64_t trace_end_ns_ = 0;
};

}  // namespace asioscope::viewer
