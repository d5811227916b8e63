// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/causality.hpp"
#include "views/filter_box.hpp"
#include "views/navigation.hpp"
#include "views/timeline_lanes.hpp"
#include "widgets/minimap.hpp"
#include "widgets/time_range.hpp"

#include "asioscope/model/program.hpp"
#include "asioscope/model/range_summary.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// A slice that was clicked.
struct chosen_slice {
  std::uint32_t thread = 0;
  model::slice what;
};

/// What ran when: a lane for each thread and each task, what waited as visible as what ran.
class timeline_view {
 public:
  void draw(const model::program& program, navigation& where);
  /// Takes back the last choice. False when there was nothing to take back.
  bool back();

  /// The views show only what happened in the measured range. False when none is measured, or they
  /// do already.
  bool keep_to_measured(navigation& where) const;

  void zoom(double factor);
  void move(double share);  ///< of what is shown
  void follow() { range_.follows = true; }

  [[nodiscard]] const time_range& range() const { return range_; }
  [[nodiscard]] const std::optional<chosen_slice>& chosen() const { return chosen_; }
  [[nodiscard]] const std::optional<stretch>& measured() const { return measured_; }
  /// What the choice is explained with: what delayed the slice, or what ran in the range.
  [[nodiscard]] const model::range_summary& summary() const { return summary_; }
  [[nodiscard]] const causality& causes() const { return causes_; }
  [[nodiscard]] const timeline_lanes& lanes() const { return lanes_; }

 private:
  static constexpr std::size_t most_effects = 32;

  void draw_head(const model::program& program, navigation& where);
  void draw_plot(const model::program& program, navigation& where, ImVec2 size);
  void use_mouse(const model::program& program, const time_axis& axis, const lane_hit& hit,
                 navigation& where);
  void draw_stretch(const std::optional<stretch>& marked, const time_axis& axis, ImVec2 low,
                    ImVec2 high, float strength) const;
  void draw_detail(const model::program& program, navigation& where);
  void draw_chosen(const model::program& program, navigation& where);
  void choose(const model::trace_store& trace, std::uint32_t thread, const model::slice& what);
  void go_to(const model::trace_store& trace, const model::found_run& run);
  void go_to_longest(const model::trace_store& trace, const model::site_share& share);
  void measure(const model::program& program, std::int64_t one_ns, std::int64_t other_ns);
  [[nodiscard]] std::int64_t mouse_moment(const time_axis& axis) const;

  time_range range_;
  bool was_opened_ = false;
  std::int64_t program_started_ns_ = 0;  // of the program that was shown last
  minimap map_;
  filter_box filter_;
  timeline_lanes lanes_;
  std::optional<chosen_slice> chosen_;
  causality causes_{most_effects};  // of the chosen one
  std::optional<stretch> measured_;
  model::range_summary summary_;
  std::optional<std::int64_t> drag_from_ns_;  // where a measure begins
  std::int64_t hovered_ns_ = 0;
};

}  // namespace asioscope::viewer
