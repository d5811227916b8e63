// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "views/causality.hpp"
#include "views/filter_box.hpp"
#include "widgets/slice_row.hpp"
#include "widgets/time_range.hpp"

#include "asioscope/model/program.hpp"
#include "asioscope/model/task_lanes.hpp"

#include <imgui.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace asioscope::viewer {

/// What of the lanes lies under the mouse.
struct lane_hit {
  std::uint32_t thread = 0;
  slice_hit slices;
  std::optional<model::slice> slice;                 ///< what `slices.one` points to
  std::optional<model::task_stretch::what> of_task;  ///< which part of a task's lane it is
  std::uint64_t task_label = 0;                      ///< the task whose lane it is the label of
  const schema::text_message* message = nullptr;
  const schema::report* going_on = nullptr;
};

/// What is drawn apart from the rest.
struct lane_marks {
  const model::slice* chosen = nullptr;
  std::uint32_t thread = 0;  ///< of the chosen one
  const filter_box* filter = nullptr;
  const causality* causes = nullptr;  ///< of the chosen one
};

/// From the creation of an operation to the begin of its run, on the screen.
struct cause_arrow {
  ImVec2 from;
  ImVec2 to;
};

/// The lanes of the timeline, one below the other.
class timeline_lanes {
 public:
  /// Draws at the cursor, in a window that scrolls; labels stand left of the axis.
  lane_hit draw(const model::program& program, const time_axis& axis, const lane_marks& marks,
                ImVec2 mouse);

  /// The lane of this thread scrolls into view with the next picture.
  void reveal(std::uint32_t thread) { reveal_ = thread; }

  [[nodiscard]] const model::task_lanes& tasks() const { return tasks_; }
  /// Of the run under the mouse.
  [[nodiscard]] const causality& hovered_causes() const { return hovered_; }
  /// Of the last picture.
  [[nodiscard]] const std::vector<cause_arrow>& arrows() const { return arrows_; }

  [[nodiscard]] static float label_width();

 private:
  void draw_thread(const model::program& program, std::uint32_t thread, const model::lane& lane);
  void draw_waits(const model::slice_track& track, float top, float height);
  void draw_gaps(const model::lane& lane, float top, float bottom);
  void draw_messages(const model::program& program, std::uint32_t thread, float top, float height);
  void draw_going_on(const model::program& program, std::uint32_t thread, float top, float height);
  void draw_causes(const model::program& program);
  void draw_causes_of(const model::trace_store& trace, const causality& known, float alpha);
  void draw_arrow_between(const model::trace_store& trace, const model::cause& by,
                          const model::found_run& run, ImVec4 color);
  [[nodiscard]] std::optional<float> height_of(const model::trace_store& trace,
                                               std::uint32_t thread, const model::slice* run) const;
  void draw_tasks(const model::program& program);
  void draw_task(const model::program& program, const model::task_lane& lane);
  void look_up_tasks(const model::trace_store& trace);
  [[nodiscard]] bool passes(const model::program& program, const model::slice& each) const;
  [[nodiscard]] slice_look look_of(const model::program& program);
  void draw_label(const std::string& title, const std::string& more, float top, float height);
  [[nodiscard]] bool is_visible(float top, float bottom) const;

  static constexpr std::size_t most_hovered_effects = 8;
  static constexpr std::size_t hovered_search = 20'000;

  causality hovered_{most_hovered_effects, hovered_search};
  std::optional<std::uint32_t> reveal_;
  model::task_lanes tasks_;
  // What tasks_ was made of.
  std::int64_t tasks_begin_ns_ = 0;
  std::int64_t tasks_end_ns_ = 0;
  std::size_t tasks_events_ = 0;
  std::int64_t tasks_latest_ns_ = 0;

  // Of one picture.
  ImDrawList* list_ = nullptr;
  time_axis axis_;
  lane_marks marks_;
  ImVec2 mouse_{};
  lane_hit hit_;
  std::map<std::uint32_t, float> tops_;  // of the first row, by thread
  std::vector<cause_arrow> arrows_;
  float bottom_ = 0;  // of what was drawn so far
  float see_top_ = 0;
  float see_bottom_ = 0;
};

}  // namespace asioscope::viewer
