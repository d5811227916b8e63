// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "views/stall_waiters.hpp"

#include "asioscope/model/program.hpp"

#include <imgui.h>

#include <array>
#include <cstdint>
#include <vector>

namespace asioscope::viewer {

/// Frames of a stack as they are shown: the user's one by one, runs of others folded into one line.
struct stack_fold {
  std::size_t first = 0;
  std::size_t count = 0;
  bool internal = false;

  friend bool operator==(const stack_fold&, const stack_fold&) = default;
};

[[nodiscard]] std::vector<stack_fold> fold_stack(const std::vector<schema::stack_frame>& stack);

/// A line of the list: a report, or the longest of several stalls of the same handler, by the same
/// function, for the same reason.
struct report_row {
  const schema::report* report = nullptr;
  std::size_t count = 1;
};

/// What to look at first: stalls that go on, then those with a stack, then those without, then
/// failures, then slow runs; the longest first, failures the newest first. Equal stalls that are
/// over become one row.
[[nodiscard]] std::vector<report_row> rows_of(std::vector<const schema::report*> reports,
                                              std::int64_t now_ns);

/// What the program reported: stalls with their stacks, slow handlers, failures.
class stalls_view {
 public:
  void draw(const model::program& program, navigation& where);
  bool back();

  [[nodiscard]] std::uint64_t selected() const { return selected_; }
  [[nodiscard]] const stall_waiters& waiters() const { return waiters_; }
  [[nodiscard]] const std::vector<report_row>& shown() const { return shown_; }

 private:
  void draw_head(const model::program& program, navigation& where);
  void draw_list(const model::program& program, ImVec2 size);
  void draw_report(const model::program& program, const schema::report& report, navigation& where);
  void draw_row(const model::program& program, const report_row& row);
  void draw_stacks(const schema::report& report);
  void draw_stack(const std::vector<schema::stack_frame>& stack);
  void collect(const model::program& program, const navigation& where);
  [[nodiscard]] const schema::report& current(const model::program& program) const;

  filter_box filter_;
  std::array<bool, 3> kinds_ = {true, true, true};  // by schema::report_kind
  std::uint64_t selected_ = 0;                      // 0: the first in the list
  bool scroll_to_selection_ = false;
  bool unfold_ = false;
  stall_waiters waiters_;
  std::vector<report_row> shown_;  // valid while drawing
};

}  // namespace asioscope::viewer
